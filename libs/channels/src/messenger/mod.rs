//! Meta's Messenger Platform.

mod body;
mod checks;
mod client;
mod content;
mod render;
mod rules;
mod webhook;
mod webhook_changes;
mod webhook_kinds;

pub use body::{
    BodyError, CORRELATION_CHARS_MAX, MessagingType, Notification, Prepared, Recipient, Tag,
    send_body,
};
pub use checks::check_content;
pub use client::{MessengerClient, PageInfo, classify};
pub use content::{
    Button, Card, Image, Message, MessageContent, QuickReply, UtilityButton, UtilityParameter,
    UtilityTemplate,
};
pub use webhook::{MessengerEvent, Person, Webhook, parse_webhook};
pub use webhook_kinds::{
    EventKind, MarketingStage, NotificationStatus, PolicyAction, Watermark, WatermarkKind,
};
