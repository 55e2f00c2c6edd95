use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    webhook_account::{Preference, Restriction, account_kind, preference},
    webhook_message::MessageKind,
    webhook_status::{ReportedError, Status},
};
use crate::meta::{
    Quality, TemplateCategory, TemplateKey, TemplateStatus, WEBHOOK_BYTES_MAX, WEBHOOK_EVENTS_MAX,
    WebhookError, object, seconds_as_ms, text_at,
};

/// Meta batches at most 1,000 updates; each item looks through its contacts.
const CONTACTS_MAX: usize = 1_000;

/// One post from Meta. Several accounts' and several people's events may be in it, in any order, and again.
#[derive(Debug, Clone)]
pub struct Webhook {
    pub events: Vec<WhatsAppEvent>,
}

/// An event, with as much of it as could be read.
#[derive(Debug, Clone)]
pub struct WhatsAppEvent {
    /// The business account.
    pub waba_id: String,
    /// Absent if it concerns the whole business account.
    pub phone_number_id: Option<String>,
    /// When it happened; when it was posted, if that is not said.
    pub timestamp_ms: Option<i64>,
    pub person: Option<Person>,
    pub kind: EventKind,
    /// The status, the message or the change as it came.
    pub raw: Box<RawValue>,
}

/// Either id may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The number, in digits. It need not be the one that was sent to.
    pub wa_id: Option<String>,
    /// For one business portfolio; another after the number has changed.
    pub user_id: Option<String>,
    pub parent_user_id: Option<String>,
    pub name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    Status(Status),
    Message {
        message_id: String,
        message: MessageKind,
        /// The message of ours that it answers.
        context_id: Option<String>,
    },
    /// What failed without a message that it could be told of.
    Error(ReportedError),
    /// What the person wants of us, told to WhatsApp.
    Preference {
        /// `marketing_messages`
        category: String,
        value: Preference,
    },
    TemplateStatus {
        key: TemplateKey,
        status: TemplateStatus,
        reason: Option<String>,
        /// `FIRST_PAUSE`, `RATE_LIMITING_PAUSE`, `UNPAUSE`, ...
        title: Option<String>,
    },
    TemplateQuality {
        key: TemplateKey,
        quality: Quality,
    },
    TemplateCategory {
        key: TemplateKey,
        category: TemplateCategory,
    },
    NumberQuality {
        display_phone_number: Option<String>,
        event: Option<String>,
        limit: Option<String>,
    },
    Capability {
        /// For the whole portfolio; -1 is without a limit.
        people_per_day: Option<i64>,
    },
    Account {
        event: String,
        ban_state: Option<String>,
        violation: Option<String>,
        restrictions: Vec<Restriction>,
    },
    Alert {
        alert: Option<String>,
        description: Option<String>,
    },
    /// Any other, among them those that Meta has yet to think of.
    Other {
        field: String,
    },
}

#[derive(Deserialize)]
struct Post<'a> {
    object: Option<String>,
    #[serde(borrow)]
    entry: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    time: Value,
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

/// The lists in a change, each item as it came; and what is said of all of them.
#[derive(Default, Deserialize)]
struct Lists<'a> {
    #[serde(default)]
    metadata: Value,
    #[serde(default)]
    contacts: Value,
    #[serde(borrow, default)]
    statuses: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    messages: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    errors: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    user_preferences: Vec<&'a RawValue>,
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
    match post.object {
        // Absent in some of Meta's own examples.
        Some(object) if object != "whatsapp_business_account" => {
            let object = object.chars().take(100).collect();
            return Err(WebhookError::Object { object });
        }
        Some(_) | None => {}
    }
    let mut reader = Reader::default();
    for raw in post.entry.ok_or(WebhookError::Nameless)? {
        reader.entry(raw)?;
    }
    Ok(Webhook {
        events: reader.events,
    })
}

#[derive(Default)]
struct Reader {
    events: Vec<WhatsAppEvent>,
    waba_id: String,
    posted_ms: Option<i64>,
}

impl Reader {
    fn entry(&mut self, raw: &RawValue) -> Result<(), WebhookError> {
        // What is no entry is still one event, of no kind.
        let Some(entry) = object::<Entry<'_>>(raw) else {
            self.waba_id.clear();
            return self.odd("", raw);
        };
        self.waba_id = text_at(&entry.id, "").unwrap_or_default();
        self.posted_ms = seconds_as_ms(&entry.time);
        for raw in entry.changes {
            let change: Change<'_> = object(raw).unwrap_or_default();
            let value = change.value.unwrap_or(raw);
            match change.field.as_str() {
                "messages" | "user_preferences" => self.lists(&change.field, value)?,
                field => {
                    let content: Value = serde_json::from_str(value.get()).unwrap_or_default();
                    let kind = account_kind(field, &content);
                    self.push(value, None, None, &content, kind)?;
                }
            }
        }
        Ok(())
    }

    fn lists(&mut self, field: &str, raw: &RawValue) -> Result<(), WebhookError> {
        let Some(lists) = object::<Lists<'_>>(raw) else {
            return self.odd(field, raw);
        };
        let before = self.events.len();
        let number = text_at(&lists.metadata, "/phone_number_id");
        let number = number.as_ref();
        let people = People::read(&lists.contacts);
        for raw in lists.statuses {
            self.item(raw, number, &people, "status", |item| {
                Status::read(item).map(EventKind::Status)
            })?;
        }
        for raw in lists.messages {
            self.item(raw, number, &people, "message", message)?;
        }
        for raw in lists.errors {
            self.item(raw, number, &people, "error", |item| {
                let errors = Value::Array(vec![item.clone()]);
                ReportedError::all(&errors).pop().map(EventKind::Error)
            })?;
        }
        for raw in lists.user_preferences {
            self.item(raw, number, &people, "preference", |item| {
                Some(preference(item))
            })?;
        }
        if self.events.len() == before {
            return self.odd(field, raw);
        }
        Ok(())
    }

    fn item(
        &mut self,
        raw: &RawValue,
        number: Option<&String>,
        people: &People,
        name: &str,
        read: impl FnOnce(&Value) -> Option<EventKind>,
    ) -> Result<(), WebhookError> {
        let item: Value = serde_json::from_str(raw.get()).unwrap_or_default();
        let kind = read(&item).unwrap_or_else(|| EventKind::Other {
            field: name.to_owned(),
        });
        let person = people.of(&item);
        self.push(raw, number.cloned(), person, &item, kind)
    }

    fn odd(&mut self, field: &str, raw: &RawValue) -> Result<(), WebhookError> {
        let kind = EventKind::Other {
            field: field.to_owned(),
        };
        self.push(raw, None, None, &Value::Null, kind)
    }

    fn push(
        &mut self,
        raw: &RawValue,
        phone_number_id: Option<String>,
        person: Option<Person>,
        item: &Value,
        kind: EventKind,
    ) -> Result<(), WebhookError> {
        if self.events.len() == WEBHOOK_EVENTS_MAX {
            return Err(WebhookError::TooManyEvents);
        }
        self.events.push(WhatsAppEvent {
            waba_id: self.waba_id.clone(),
            phone_number_id,
            timestamp_ms: seconds_as_ms(&item["timestamp"]).or(self.posted_ms),
            person,
            kind,
            raw: raw.to_owned(),
        });
        Ok(())
    }
}

fn message(item: &Value) -> Option<EventKind> {
    Some(EventKind::Message {
        message_id: text_at(item, "/id")?,
        message: MessageKind::read(item),
        context_id: text_at(item, "/context/id"),
    })
}

/// The `contacts` beside the items.
struct People(Vec<Person>);

impl People {
    fn read(contacts: &Value) -> Self {
        let all = contacts.as_array().into_iter().flatten();
        let person = |contact: &Value| Person {
            wa_id: text_at(contact, "/wa_id"),
            user_id: text_at(contact, "/user_id"),
            parent_user_id: text_at(contact, "/parent_user_id"),
            name: text_at(contact, "/profile/name"),
        };
        Self(all.map(person).take(CONTACTS_MAX).collect())
    }

    /// Whom an item is about: by what it says itself, with what its contact adds.
    fn of(&self, item: &Value) -> Option<Person> {
        let first = |pointers: &[&str]| pointers.iter().find_map(|at| text_at(item, at));
        let is_group = item["recipient_type"] == "group";
        let own = Person {
            wa_id: if is_group {
                first(&["/recipient_participant_id"])
            } else {
                first(&["/from", "/recipient_id", "/wa_id"])
            },
            user_id: first(&[
                "/from_user_id",
                "/recipient_user_id",
                "/recipient_participant_user_id",
                "/user_id",
            ]),
            parent_user_id: first(&["/from_parent_user_id", "/parent_user_id"]),
            name: None,
        };
        let same = |contact: &&Person| {
            (own.wa_id.is_some() && contact.wa_id == own.wa_id)
                || (own.user_id.is_some() && contact.user_id == own.user_id)
        };
        let contact = self.0.iter().find(same).or(match self.0.as_slice() {
            // One item, one contact: his, even if neither says so.
            [only] if own.wa_id.is_none() && own.user_id.is_none() => Some(only),
            _ => None,
        });
        let contact = contact.cloned().unwrap_or_default();
        let person = Person {
            wa_id: own.wa_id.or(contact.wa_id),
            user_id: own.user_id.or(contact.user_id),
            parent_user_id: own.parent_user_id.or(contact.parent_user_id),
            name: contact.name,
        };
        (person.wa_id.is_some() || person.user_id.is_some()).then_some(person)
    }
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
