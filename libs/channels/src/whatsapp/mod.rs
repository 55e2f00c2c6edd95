//! WhatsApp's Cloud API.

mod body;
mod checks;
mod client;
mod fit;
mod message;
mod phone;
mod progress;
mod render;
mod rules;
mod webhook;
mod webhook_account;
mod webhook_message;
mod webhook_status;

pub use body::{
    BodyError, CORRELATION_CHARS_MAX, Recipient, TemplateContent, UserId, send_body, text_body,
};
pub use checks::check_template;
pub use client::{DailyLimit, NumberInfo, WhatsAppClient, classify, reported};
pub use fit::check_fits;
pub use message::{
    ButtonParameter, Card, Header, Media, Parameter, ParameterValue, TemplateMessage,
};
pub use phone::{PhoneError, PhoneNumber};
pub use progress::Progress;
pub use webhook::{EventKind, Person, Webhook, WhatsAppEvent, parse_webhook};
pub use webhook_account::{Preference, Restriction};
pub use webhook_message::{MessageKind, SystemChange};
pub use webhook_status::{Pricing, ReportedError, Status, StatusKind};
