use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    checks::check_content,
    content::{Message, MessageContent},
    render::render,
};
use crate::meta::{ContentErrors, is_graph_id};

/// What comes back in the echo of a message.
pub const CORRELATION_CHARS_MAX: usize = 1_000;

/// Whom a message is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// The person's id for this Page, and for no other.
    Psid(String),
    /// Somebody who has ticked a checkbox, and has not written yet.
    UserRef(String),
}

/// Why it may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessagingType {
    /// An answer, within 24 hours of what it answers.
    Response,
    /// Within 24 hours of the person's last message.
    Update,
    /// Outside of them, for accounts to which Meta's end of the tags (27 April 2026) does not apply yet.
    Tagged(Tag),
    /// Outside of them, with an approved template.
    Utility,
}

/// Never for promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    ConfirmedEventUpdate,
    PostPurchaseUpdate,
    AccountUpdate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notification {
    Regular,
    Silent,
    None,
}

/// Why a body would be refused.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("{value:?} is not a person's id")]
    Recipient { value: String },
    #[error("the correlation has {length} characters, not 1 to {CORRELATION_CHARS_MAX}")]
    Correlation { length: usize },
    #[error("a utility template is sent as utility, and nothing else is")]
    MessagingType,
    #[error(transparent)]
    Content(#[from] ContentErrors),
}

/// The body of one send. The same arguments always make the same bytes.
///
/// `correlation` comes back in the echo: the only way to know what became of a send that was not answered.
pub fn send_body(
    recipient: &Recipient,
    messaging_type: MessagingType,
    notification: Option<Notification>,
    message: &Message,
    correlation: &str,
) -> Result<Bytes, BodyError> {
    check_content(message)?;
    let length = correlation.chars().count();
    if !(1..=CORRELATION_CHARS_MAX).contains(&length) {
        return Err(BodyError::Correlation { length });
    }
    let is_utility = matches!(message.content, MessageContent::Utility(_));
    if is_utility != (messaging_type == MessagingType::Utility) {
        return Err(BodyError::MessagingType);
    }
    let mut rendered = render(message);
    rendered.insert("metadata".to_owned(), json!(correlation));
    let mut body = json!({
        "recipient": recipient.render()?,
        "messaging_type": messaging_type.word(),
        "message": rendered,
    });
    if let MessagingType::Tagged(tag) = messaging_type {
        body["tag"] = json!(tag.word());
    }
    if let Some(notification) = notification {
        body["notification_type"] = json!(notification.word());
    }
    Ok(Bytes::from(body.to_string()))
}

impl Recipient {
    fn render(&self) -> Result<Value, BodyError> {
        match self {
            Self::Psid(id) if is_graph_id(id) => Ok(json!({"id": id})),
            Self::UserRef(id) if !id.is_empty() => Ok(json!({"user_ref": id})),
            Self::Psid(value) | Self::UserRef(value) => Err(BodyError::Recipient {
                value: value.clone(),
            }),
        }
    }
}

impl MessagingType {
    fn word(self) -> &'static str {
        match self {
            Self::Response => "RESPONSE",
            Self::Update => "UPDATE",
            Self::Tagged(_) => "MESSAGE_TAG",
            Self::Utility => "UTILITY",
        }
    }
}

impl Tag {
    fn word(self) -> &'static str {
        match self {
            Self::ConfirmedEventUpdate => "CONFIRMED_EVENT_UPDATE",
            Self::PostPurchaseUpdate => "POST_PURCHASE_UPDATE",
            Self::AccountUpdate => "ACCOUNT_UPDATE",
        }
    }
}

impl Notification {
    fn word(self) -> &'static str {
        match self {
            Self::Regular => "REGULAR",
            Self::Silent => "SILENT_PUSH",
            Self::None => "NO_PUSH",
        }
    }
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
