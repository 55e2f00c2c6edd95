use chrono::{DateTime, SubsecRound as _, Utc};
use events::{ContactsLogEvent, from_timestamp};
use prost_types::Timestamp;
use uuid::Uuid;

/// What an event says of a contact's state. A fact with no time leaves the times as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactFact<'a> {
    Imported {
        tags: &'a [String],
        subscribed_at: Option<DateTime<Utc>>,
        last_interaction_at: Option<DateTime<Utc>>,
    },
    Followed {
        at: Option<DateTime<Utc>>,
    },
    Interacted {
        at: Option<DateTime<Utc>>,
    },
    Blocked {
        at: Option<DateTime<Utc>>,
    },
}

/// A fact and the contact that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactOfContact<'a> {
    pub contact_id: Uuid,
    pub account_id: Uuid,
    pub fact: ContactFact<'a>,
}

/// Takes an event apart into facts, in order: many for an import, none for an account.
///
/// Times are cut to microseconds, as Postgres keeps them, so that a fold in memory and one that
/// was stored in between agree.
#[must_use]
pub fn facts_of(event: &ContactsLogEvent) -> Vec<FactOfContact<'_>> {
    match event {
        ContactsLogEvent::AccountConnected(_) => Vec::new(),
        ContactsLogEvent::Imported(imported) => imported
            .contacts
            .iter()
            .map(|contact| FactOfContact {
                contact_id: events::id(&contact.contact_id),
                account_id: events::id(&imported.account_id),
                fact: ContactFact::Imported {
                    tags: &contact.tags,
                    subscribed_at: time(contact.subscribed_at.as_ref()),
                    last_interaction_at: time(contact.last_interaction_at.as_ref()),
                },
            })
            .collect(),
        ContactsLogEvent::Followed(event) => {
            let at = time(event.occurred_at.as_ref());
            let fact = ContactFact::Followed { at };
            vec![about(&event.contact_id, &event.account_id, fact)]
        }
        ContactsLogEvent::Interacted(event) => {
            let at = time(event.occurred_at.as_ref());
            let fact = ContactFact::Interacted { at };
            vec![about(&event.contact_id, &event.account_id, fact)]
        }
        ContactsLogEvent::Blocked(event) => {
            let at = time(event.occurred_at.as_ref());
            let fact = ContactFact::Blocked { at };
            vec![about(&event.contact_id, &event.account_id, fact)]
        }
    }
}

fn about<'a>(contact_id: &[u8], account_id: &[u8], fact: ContactFact<'a>) -> FactOfContact<'a> {
    FactOfContact {
        contact_id: events::id(contact_id),
        account_id: events::id(account_id),
        fact,
    }
}

fn time(at: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    Some(from_timestamp(at)?.trunc_subsecs(6))
}
