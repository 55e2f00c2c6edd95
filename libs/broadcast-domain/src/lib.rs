//! broadcast-domain
