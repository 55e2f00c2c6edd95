#![doc = include_str!("../README.md")]

mod api;
mod channel;
mod clock;
mod connection;
mod control;
mod draw;
mod endpoint;
mod faults;
mod message_id;
mod outside;
mod population;
mod refusal;
mod request;
mod server;
mod user_id;
mod webhook;
mod world;

pub use channel::{
    ChannelSettings, NonexistentMode, Outcome, Population, RateLimit, Totals, UserState,
};
pub use control::{ChannelInfo, Control, ReceivedSend};
pub use endpoint::Endpoint;
pub use faults::{Fault, FaultKind};
pub use population::{ActPlan, Acted, Clicked};
pub use server::{Options, Simulator};
pub use user_id::UserId;
pub use webhook::{EventPlan, Order, Posted, WebhookPlan};
