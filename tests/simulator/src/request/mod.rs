//! What LINE accepts as a request: pure functions from bytes to a send or a refusal.

mod body;
mod messages;
mod quick_replies;
mod recipients;
mod templates;
mod unit;

pub(crate) use body::{SendRequest, multicast, push, validate};
pub(crate) use recipients::not_a_user;
