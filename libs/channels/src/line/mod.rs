//! LINE's Messaging API.

mod body;
mod cards;
mod classify;
mod client;
mod content;
mod error_body;
mod insight;
mod names;
mod queries;
mod signature;
mod webhook;

pub use body::{BodyError, RECIPIENTS_MAX, multicast_body, push_body};
pub use cards::{Button, Card};
pub use classify::classify;
pub use client::LineClient;
pub use content::{Message, MessageContent, QuickReply, check_content, messages_json};
pub use insight::{UNITS_A_MONTH_MAX, UnitOverview};
pub use names::{is_aggregation_unit, is_line_user_id};
pub use queries::{BotInfo, CallError, Quota};
pub use signature::verify_signature;
pub use webhook::{EventKind, Mode, Webhook, WebhookError, WebhookEvent, parse_webhook};

pub use crate::{
    http::{BuildError, Timeouts},
    limits::{ContentError, ContentErrors},
};
