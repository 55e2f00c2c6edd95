//! The HTTP side: what the world may call.

mod clicks;
mod orders;
mod serve;
mod visitor;
mod webhooks;

pub(crate) use self::serve::{State, serve};
