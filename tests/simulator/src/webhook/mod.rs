//! Webhooks, as LINE posts them: signed, sometimes twice, sometimes out of order.

mod deliver;
mod event;
mod plan;
mod signature;
mod ulid;

pub(crate) use deliver::{deliver, prepare};
pub use plan::{EventPlan, Order, Posted, WebhookPlan};
