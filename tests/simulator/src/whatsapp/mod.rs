//! The WhatsApp Cloud API: phone numbers, what they send, and what comes of it.

mod catalogue;
mod events;
mod fill;
mod message;
mod phone;
mod settings;

pub(crate) use catalogue::json as template_json;
pub use events::{Held, PhoneEvent, PhonePlan};
pub(crate) use phone::Phone;
pub use settings::{ConsumerState, PhoneSettings, TemplateSettings};
