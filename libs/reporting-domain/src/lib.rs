//! reporting-domain
