use bytes::Bytes;
use serde_json::{Value, json};

use super::{checks::check_template, message::TemplateMessage, phone::PhoneNumber, render::render};
use crate::meta::{Checks, ContentErrors};

/// What comes back in every status of a message.
pub const CORRELATION_CHARS_MAX: usize = 512;
const TEXT_MAX: usize = 4_096;
const USER_ID_CHARS_MAX: usize = 150;

/// Whom a message is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    Phone(PhoneNumber),
    /// Somebody whose number we may not know.
    User(UserId),
}

/// A person's id for one business portfolio, like `US.13491208655302741918`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserId(String);

/// A template whose limits have been checked, rendered once for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateContent(Value);

/// Why a body would be refused.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("the correlation has {length} characters, not 1 to {CORRELATION_CHARS_MAX}")]
    Correlation { length: usize },
    #[error(transparent)]
    Content(#[from] ContentErrors),
}

impl Recipient {
    /// `+886912345678`, or a person's id for one business portfolio.
    pub fn parse(address: &str) -> Option<Self> {
        match address.strip_prefix('+') {
            Some(digits) => PhoneNumber::from_wa_id(digits).map(Self::Phone),
            None => UserId::parse(address).map(Self::User),
        }
    }
}

impl UserId {
    /// Two letters of a country, a dot, and letters, digits and dots.
    pub fn parse(text: &str) -> Option<Self> {
        let (country, rest) = text.split_once('.')?;
        let ok = country.len() == 2
            && country.bytes().all(|byte| byte.is_ascii_uppercase())
            && !rest.is_empty()
            && text.len() <= USER_ID_CHARS_MAX
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        ok.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TemplateContent {
    pub fn try_new(message: &TemplateMessage) -> Result<Self, ContentErrors> {
        check_template(message)?;
        Ok(Self(render(message)))
    }

    /// To be kept until it is sent.
    pub fn to_json(&self) -> String {
        self.0.to_string()
    }

    /// What [`to_json`](Self::to_json) made; `None` of anything else.
    pub fn from_json(text: &str) -> Option<Self> {
        let content: Value = serde_json::from_str(text).ok()?;
        content["name"].is_string().then_some(Self(content))
    }
}

/// The body of one send of a template. The same arguments always make the same bytes.
///
/// `correlation` comes back in every status: the only way to know what became of a send that was not answered.
pub fn send_body(
    recipient: &Recipient,
    template: &TemplateContent,
    correlation: &str,
) -> Result<Bytes, BodyError> {
    body(recipient, "template", &template.0, correlation)
}

/// The body of an answer, which may be sent within 24 hours of the person's last message.
pub fn text_body(recipient: &Recipient, text: &str, correlation: &str) -> Result<Bytes, BodyError> {
    let mut checks = Checks::default();
    checks.text("text.body", text, TEXT_MAX);
    checks.done()?;
    let text = json!({"body": text, "preview_url": false});
    body(recipient, "text", &text, correlation)
}

fn body(
    recipient: &Recipient,
    kind: &str,
    content: &Value,
    correlation: &str,
) -> Result<Bytes, BodyError> {
    let length = correlation.chars().count();
    if !(1..=CORRELATION_CHARS_MAX).contains(&length) {
        return Err(BodyError::Correlation { length });
    }
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "type": kind,
        "biz_opaque_callback_data": correlation,
    });
    body[kind] = content.clone();
    match recipient {
        Recipient::Phone(number) => body["to"] = json!(number.as_e164()),
        Recipient::User(id) => body["recipient"] = json!(id.as_str()),
    }
    Ok(Bytes::from(body.to_string()))
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
