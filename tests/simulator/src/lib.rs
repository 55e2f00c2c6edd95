#![doc = include_str!("../README.md")]

mod api;
mod channel;
mod clock;
mod connection;
mod control;
mod draw;
mod email;
mod endpoint;
mod faults;
mod graph;
mod message_id;
mod messenger;
mod outside;
mod population;
mod refusal;
mod request;
mod server;
mod user_id;
mod webhook;
mod whatsapp;
mod world;

pub use channel::{
    ChannelSettings, NonexistentMode, Outcome, Population, RateLimit, Totals, UserState,
};
pub use control::{ChannelInfo, Control, ReceivedSend};
pub use email::{
    MailDelivery, MailFault, MailFaultKind, MailPhase, MailReportKind, MailReported, MailSettings,
    MailTotals, MailboxState,
};
pub use endpoint::Endpoint;
pub use faults::{Fault, FaultKind};
pub use graph::{
    GraphEndpoint, GraphFault, GraphFaultKind, GraphPosted, GraphTotals, Injected, PostPlan,
    Received,
};
pub use messenger::{PageEvent, PagePlan, PageSettings, PersonState};
pub use population::{ActPlan, Acted, Clicked};
pub use server::{Options, Simulator};
pub use user_id::UserId;
pub use webhook::{EventPlan, Order, Posted, WebhookPlan};
pub use whatsapp::{ConsumerState, Held, PhoneEvent, PhonePlan, PhoneSettings, TemplateSettings};
