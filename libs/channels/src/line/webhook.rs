use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::names::is_line_user_id;

/// One post from LINE. There may be no events in it, and several people's.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The account's own user id.
    pub destination: String,
    pub events: Vec<WebhookEvent>,
}

/// An event, with as much of it as could be read.
#[derive(Debug, Clone)]
pub struct WebhookEvent {
    /// The same through every redelivery: what to deduplicate by.
    pub webhook_event_id: Option<String>,
    pub event_type: String,
    /// When it happened, however late it comes.
    pub timestamp_ms: Option<i64>,
    pub mode: Mode,
    pub is_redelivery: bool,
    /// `user`, `group` or `room`.
    pub source_type: Option<String>,
    /// Absent if the person has not agreed to be known.
    pub user_id: Option<String>,
    pub kind: EventKind,
    /// The event as it came.
    pub raw: Box<RawValue>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Active,
    /// Another module of the account answers; we must not.
    Standby,
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// The text is absent if the message is an image, a sticker or the like.
    Message {
        text: Option<String>,
    },
    Postback {
        data: String,
    },
    Follow {
        is_unblocked: bool,
    },
    /// The only sign that somebody blocked the account.
    Unfollow,
    /// Any other type, among them those that LINE has yet to think of.
    Other,
}

/// LINE names no limit. An event of two bytes is read into some hundreds.
const EVENTS_MAX: usize = 10_000;

#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error("not a webhook of LINE's")]
    Form(#[from] serde_json::Error),
    #[error("the body has {count} events, more than {EVENTS_MAX}")]
    TooManyEvents { count: usize },
}

/// Reads a body whose signature has been verified. An event that makes no sense spoils no other.
pub fn parse_webhook(raw: &[u8]) -> Result<Webhook, WebhookError> {
    #[derive(Deserialize)]
    struct Post<'a> {
        destination: String,
        #[serde(borrow)]
        events: Vec<&'a RawValue>,
    }
    let post: Post<'_> = serde_json::from_slice(raw)?;
    let count = post.events.len();
    if count > EVENTS_MAX {
        return Err(WebhookError::TooManyEvents { count });
    }
    let events = post.events.into_iter().map(RawValue::to_owned);
    Ok(Webhook {
        destination: post.destination,
        events: events.map(parse_event).collect(),
    })
}

fn parse_event(raw: Box<RawValue>) -> WebhookEvent {
    let event: Value = serde_json::from_str(raw.get()).unwrap_or_default();
    let text = |pointer| event.pointer(pointer)?.as_str().map(str::to_owned);
    let event_type = text("/type").unwrap_or_default();
    let mode = match text("/mode").as_deref() {
        Some("active") => Mode::Active,
        Some("standby") => Mode::Standby,
        Some(_) | None => Mode::Other,
    };
    WebhookEvent {
        webhook_event_id: text("/webhookEventId"),
        timestamp_ms: event["timestamp"].as_i64(),
        mode,
        is_redelivery: event["deliveryContext"]["isRedelivery"] == true,
        source_type: text("/source/type"),
        user_id: text("/source/userId").filter(|id| is_line_user_id(id)),
        kind: kind(&event_type, &event),
        event_type,
        raw,
    }
}

fn kind(event_type: &str, event: &Value) -> EventKind {
    match event_type {
        "message" => EventKind::Message {
            text: event["message"]["text"].as_str().map(str::to_owned),
        },
        "postback" => match event["postback"]["data"].as_str() {
            Some(data) => EventKind::Postback {
                data: data.to_owned(),
            },
            None => EventKind::Other,
        },
        "follow" => EventKind::Follow {
            is_unblocked: event["follow"]["isUnblocked"] == true,
        },
        "unfollow" => EventKind::Unfollow,
        _ => EventKind::Other,
    }
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
