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

/// A message whose limits have been checked, rendered once for everybody who gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    messaging_type: MessagingType,
    /// The body without the person and the correlation.
    body: Value,
}

impl Prepared {
    pub fn try_new(
        messaging_type: MessagingType,
        notification: Option<Notification>,
        message: &Message,
    ) -> Result<Self, BodyError> {
        check_content(message)?;
        let is_utility = matches!(message.content, MessageContent::Utility(_));
        if is_utility != (messaging_type == MessagingType::Utility) {
            return Err(BodyError::MessagingType);
        }
        let mut body = json!({
            "messaging_type": messaging_type.word(),
            "message": render(message),
        });
        if let MessagingType::Tagged(tag) = messaging_type {
            body["tag"] = json!(tag.word());
        }
        if let Some(notification) = notification {
            body["notification_type"] = json!(notification.word());
        }
        Ok(Self {
            messaging_type,
            body,
        })
    }

    /// To be kept until it is sent.
    pub fn to_json(&self) -> String {
        self.body.to_string()
    }

    /// What [`to_json`](Self::to_json) made; `None` of anything else.
    pub fn from_json(text: &str) -> Option<Self> {
        let body: Value = serde_json::from_str(text).ok()?;
        let word = body["messaging_type"].as_str()?;
        let messaging_type = MessagingType::parse(word, body["tag"].as_str())?;
        body["message"].is_object().then_some(Self {
            messaging_type,
            body,
        })
    }

    pub fn messaging_type(&self) -> MessagingType {
        self.messaging_type
    }

    /// The address of the image that it is, which Meta would fetch anew for everybody who gets it.
    pub fn image_url(&self) -> Option<&str> {
        let attachment = self.body.pointer("/message/attachment")?;
        let is_image = attachment["type"] == "image";
        is_image.then(|| attachment["payload"]["url"].as_str())?
    }

    /// The same with an image that was uploaded before, in the place of its address.
    #[must_use]
    pub fn with_attachment(mut self, attachment_id: &str) -> Self {
        self.body["message"]["attachment"]["payload"] = json!({"attachment_id": attachment_id});
        self
    }

    /// The body of one send. The same arguments always make the same bytes.
    ///
    /// `correlation` comes back in the echo: the only way to know what became of a send that was not answered.
    pub fn body(&self, recipient: &Recipient, correlation: &str) -> Result<Bytes, BodyError> {
        let length = correlation.chars().count();
        if !(1..=CORRELATION_CHARS_MAX).contains(&length) {
            return Err(BodyError::Correlation { length });
        }
        let mut body = self.body.clone();
        body["recipient"] = recipient.render()?;
        body["message"]["metadata"] = json!(correlation);
        Ok(Bytes::from(body.to_string()))
    }
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
    Prepared::try_new(messaging_type, notification, message)?.body(recipient, correlation)
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
    fn parse(word: &str, tag: Option<&str>) -> Option<Self> {
        let tag = tag.and_then(Tag::parse);
        match (word, tag) {
            ("RESPONSE", None) => Some(Self::Response),
            ("UPDATE", None) => Some(Self::Update),
            ("UTILITY", None) => Some(Self::Utility),
            ("MESSAGE_TAG", Some(tag)) => Some(Self::Tagged(tag)),
            (_, None | Some(_)) => None,
        }
    }

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
    fn parse(word: &str) -> Option<Self> {
        let tags = [
            Self::ConfirmedEventUpdate,
            Self::PostPurchaseUpdate,
            Self::AccountUpdate,
        ];
        tags.into_iter().find(|tag| tag.word() == word)
    }

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
