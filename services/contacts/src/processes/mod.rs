//! Events of other contexts in, facts about contacts out.

mod erasure;
mod fact;
mod facts;
mod line_event;
mod person_event;
mod webhooks;

pub(crate) use self::{erasure::Erasures, webhooks::Webhooks};
