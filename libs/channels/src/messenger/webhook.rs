use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{webhook_changes::change_kind, webhook_kinds::EventKind};
use crate::meta::{WEBHOOK_BYTES_MAX, WEBHOOK_EVENTS_MAX, WebhookError, number, object, text_at};

/// One post from Meta. Several Pages' and several people's events may be in it, in any order, and again.
#[derive(Debug, Clone)]
pub struct Webhook {
    pub events: Vec<MessengerEvent>,
}

/// An event, with as much of it as could be read.
#[derive(Debug, Clone)]
pub struct MessengerEvent {
    pub page_id: String,
    /// When it happened; when it was posted, if that is not said.
    pub timestamp_ms: Option<i64>,
    /// Another app answers this person; we must not.
    pub is_standby: bool,
    /// Whoever is not the Page.
    pub person: Option<Person>,
    pub kind: EventKind,
    /// The event as it came.
    pub raw: Box<RawValue>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    Psid(String),
    /// Known from a plugin only, until the person writes.
    UserRef(String),
}

#[derive(Deserialize)]
struct Post<'a> {
    object: Option<String>,
    #[serde(borrow)]
    entry: Option<Vec<&'a RawValue>>,
    /// The form of the dashboard's samples: a change without an entry.
    field: Option<String>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    time: Value,
    #[serde(borrow, default)]
    messaging: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    standby: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    changes: Vec<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct Change<'a> {
    #[serde(default)]
    field: String,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

impl<'a> Entry<'a> {
    fn odd(raw: &'a RawValue) -> Self {
        Self {
            id: Value::Null,
            time: Value::Null,
            messaging: vec![raw],
            standby: Vec::new(),
            changes: Vec::new(),
        }
    }
}

/// Reads a body whose signature has been verified. An event that makes no sense spoils no other.
///
/// What it keeps is bounded by the body: each event once as it came, and once as it was understood.
pub fn parse_webhook(raw: &[u8]) -> Result<Webhook, WebhookError> {
    if raw.len() > WEBHOOK_BYTES_MAX {
        return Err(WebhookError::TooLarge { bytes: raw.len() });
    }
    let raw: &RawValue = serde_json::from_slice(raw).map_err(WebhookError::NotJson)?;
    let post: Post<'_> = object(raw).ok_or(WebhookError::Form)?;
    match &post.object {
        Some(object) if object != "page" => {
            let object = object.chars().take(100).collect();
            return Err(WebhookError::Object { object });
        }
        Some(_) | None => {}
    }
    match (&post.entry, &post.field) {
        (Some(entries), _) => read_entries(entries),
        (None, Some(field)) => Ok(sample(field, post.value.unwrap_or(raw))),
        (None, None) => Err(WebhookError::Nameless),
    }
}

fn read_entries(entries: &[&RawValue]) -> Result<Webhook, WebhookError> {
    let mut events = Vec::new();
    let mut budget = WEBHOOK_EVENTS_MAX;
    for raw in entries {
        // What is no entry is still one event, of no kind.
        let entry = object(raw).unwrap_or_else(|| Entry::odd(raw));
        let count = entry.messaging.len() + entry.standby.len() + entry.changes.len();
        budget = budget
            .checked_sub(count.max(1))
            .ok_or(WebhookError::TooManyEvents)?;
        let source = Source {
            page_id: text_at(&entry.id, "").unwrap_or_default(),
            posted_ms: number(&entry.time),
        };
        let messaging = entry.messaging.iter();
        events.extend(messaging.map(|raw| source.event(raw, false)));
        let standby = entry.standby.iter();
        events.extend(standby.map(|raw| source.event(raw, true)));
        for raw in &entry.changes {
            let Change { field, value } = object(raw).unwrap_or_default();
            events.push(source.change(&field, value.unwrap_or(raw)));
        }
    }
    Ok(Webhook { events })
}

/// The sample's own fields stand beside `field`, or in its value.
fn sample(field: &str, value: &RawValue) -> Webhook {
    let source = Source {
        page_id: String::new(),
        posted_ms: None,
    };
    let events = vec![source.change(field, value)];
    Webhook { events }
}

struct Source {
    page_id: String,
    posted_ms: Option<i64>,
}

impl Source {
    fn event(&self, raw: &RawValue, is_standby: bool) -> MessengerEvent {
        let value: Value = serde_json::from_str(raw.get()).unwrap_or_default();
        self.read(raw, &value, EventKind::read(&value), is_standby)
    }

    fn change(&self, field: &str, raw: &RawValue) -> MessengerEvent {
        let value: Value = serde_json::from_str(raw.get()).unwrap_or_default();
        self.read(raw, &value, change_kind(field, &value), false)
    }

    fn read(
        &self,
        raw: &RawValue,
        value: &Value,
        kind: EventKind,
        is_standby: bool,
    ) -> MessengerEvent {
        let page_id = if self.page_id.is_empty() {
            let told = text_at(value, "/recipient/id").or_else(|| text_at(value, "/page_id"));
            told.unwrap_or_default()
        } else {
            self.page_id.clone()
        };
        MessengerEvent {
            timestamp_ms: number(&value["timestamp"]).or(self.posted_ms),
            is_standby,
            person: person(value, matches!(kind, EventKind::Echo { .. })),
            kind,
            page_id,
            raw: raw.to_owned(),
        }
    }
}

/// In an echo the Page is the sender.
fn person(value: &Value, is_echo: bool) -> Option<Person> {
    let side = if is_echo { "recipient" } else { "sender" };
    let psid = text_at(value, &format!("/{side}/id"));
    let user_ref = || {
        text_at(value, &format!("/{side}/user_ref")).or_else(|| text_at(value, "/optin/user_ref"))
    };
    let told = || text_at(value, "/recipient_id").map(Person::Psid);
    psid.map(Person::Psid)
        .or_else(|| user_ref().map(Person::UserRef))
        .or_else(told)
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
