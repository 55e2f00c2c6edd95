//! How tests and demos set the simulator up and ask what happened.

mod client;
mod routes;
mod types;

pub use client::Control;
pub(crate) use routes::routes;
pub use types::{ChannelInfo, ReceivedSend};
