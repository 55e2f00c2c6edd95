use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};
use events::{
    ContactEvent,
    common::Purpose,
    contact::{ContactsImported, ImportedContact},
    from_timestamp, ids,
};
use prost_types::Timestamp;
use uuid::Uuid;

/// What an event says of a contact's state. A fact with no time leaves the times as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactFact {
    Imported {
        tag_ids: Arc<[Uuid]>,
        /// The tags are added, and do not replace those that there are.
        keeps_tags: bool,
        subscribed_at: Option<DateTime<Utc>>,
        last_interaction_at: Option<DateTime<Utc>>,
    },
    Followed {
        at: Option<DateTime<Utc>>,
    },
    Interacted {
        at: Option<DateTime<Utc>>,
        /// A system of the team's said so, and not the channel.
        told_by_team: bool,
    },
    Blocked {
        at: Option<DateTime<Utc>>,
    },
    ProfileChanged,
    MessageSent,
    SiteBound {
        at: Option<DateTime<Utc>>,
    },
    SiteUnbound {
        at: Option<DateTime<Utc>>,
    },
    PersonDecided {
        purposes: Arc<[Purpose]>,
        opted_out: bool,
        at: Option<DateTime<Utc>>,
    },
    TeamDecided {
        purposes: Arc<[Purpose]>,
        opted_out: bool,
        at: Option<DateTime<Utc>>,
    },
    Tagged {
        added: Arc<[Uuid]>,
        removed: Arc<[Uuid]>,
    },
    Erased {
        at: Option<DateTime<Utc>>,
    },
}

/// A fact and the contact that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactOfContact {
    pub contact_id: Uuid,
    pub account_id: Uuid,
    pub fact: ContactFact,
}

/// The id of a tag that was recorded by its name only; the first id of any tag of that name.
#[must_use]
pub fn first_tag_id(team_id: Uuid, name: &str) -> Uuid {
    Uuid::new_v5(&team_id, name.as_bytes())
}

/// The tags of an imported contact, also where an old event has only their names.
#[must_use]
pub fn imported_tags(team_id: Uuid, contact: &ImportedContact) -> Arc<[Uuid]> {
    let named = contact.tags.iter().map(|name| first_tag_id(team_id, name));
    ids(&contact.tag_ids).chain(named).collect()
}

/// Takes an event apart into facts, in order: many where it is about many contacts.
///
/// Times are cut to microseconds, as Postgres keeps them, so that a fold in memory and one that
/// was stored in between agree.
#[must_use]
pub fn facts_of(team_id: Uuid, event: &ContactEvent) -> Vec<FactOfContact> {
    match event {
        ContactEvent::Imported(event) => imported(team_id, event),
        ContactEvent::Followed(e) => {
            let at = time(e.occurred_at);
            one(&e.contact_id, &e.account_id, ContactFact::Followed { at })
        }
        ContactEvent::Interacted(e) => {
            let fact = ContactFact::Interacted {
                at: time(e.occurred_at),
                told_by_team: e.told_by_team,
            };
            one(&e.contact_id, &e.account_id, fact)
        }
        ContactEvent::Blocked(e) => {
            let at = time(e.occurred_at);
            one(&e.contact_id, &e.account_id, ContactFact::Blocked { at })
        }
        ContactEvent::ProfileChanged(e) => {
            one(&e.contact_id, &e.account_id, ContactFact::ProfileChanged)
        }
        ContactEvent::MessageSent(e) => one(&e.contact_id, &e.account_id, ContactFact::MessageSent),
        ContactEvent::SiteBound(e) => {
            let at = time(e.bound_at);
            one(&e.contact_id, &e.account_id, ContactFact::SiteBound { at })
        }
        ContactEvent::SiteUnbound(e) => {
            let at = time(e.unbound_at);
            one(
                &e.contact_id,
                &e.account_id,
                ContactFact::SiteUnbound { at },
            )
        }
        ContactEvent::ConsentChanged(e) => {
            let fact = ContactFact::PersonDecided {
                purposes: e.purposes().collect(),
                opted_out: e.opted_out,
                at: time(e.occurred_at),
            };
            one(&e.contact_id, &e.account_id, fact)
        }
        ContactEvent::ConsentsChanged(e) => {
            let fact = ContactFact::TeamDecided {
                purposes: e.purposes().collect(),
                opted_out: e.opted_out,
                at: time(e.changed_at),
            };
            many(&e.contact_ids, &e.account_id, &fact)
        }
        ContactEvent::Tagged(e) => {
            let (added, removed) = (ids(&e.added_tag_ids), ids(&e.removed_tag_ids));
            let (added, removed) = (added.collect(), removed.collect());
            let fact = ContactFact::Tagged { added, removed };
            many(&e.contact_ids, &e.account_id, &fact)
        }
        ContactEvent::Erased(e) => {
            let at = time(e.erased_at);
            many(&e.contact_ids, &e.account_id, &ContactFact::Erased { at })
        }
    }
}

fn imported(team_id: Uuid, event: &ContactsImported) -> Vec<FactOfContact> {
    let contacts = event.contacts.iter();
    contacts
        .map(|contact| FactOfContact {
            contact_id: events::id(&contact.contact_id),
            account_id: events::id(&event.account_id),
            fact: ContactFact::Imported {
                tag_ids: imported_tags(team_id, contact),
                keeps_tags: contact.keeps_tags,
                subscribed_at: time(contact.subscribed_at),
                last_interaction_at: time(contact.last_interaction_at),
            },
        })
        .collect()
}

fn one(contact_id: &[u8], account_id: &[u8], fact: ContactFact) -> Vec<FactOfContact> {
    vec![FactOfContact {
        contact_id: events::id(contact_id),
        account_id: events::id(account_id),
        fact,
    }]
}

fn many(contact_ids: &[u8], account_id: &[u8], fact: &ContactFact) -> Vec<FactOfContact> {
    let account_id = events::id(account_id);
    ids(contact_ids)
        .map(|contact_id| FactOfContact {
            contact_id,
            account_id,
            fact: fact.clone(),
        })
        .collect()
}

fn time(at: Option<Timestamp>) -> Option<DateTime<Utc>> {
    Some(from_timestamp(at.as_ref())?.trunc_subsecs(6))
}
