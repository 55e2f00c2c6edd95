//! Events of other contexts in, facts about contacts out.

mod facts;
mod line_event;
mod webhooks;

pub(crate) use self::webhooks::Webhooks;
