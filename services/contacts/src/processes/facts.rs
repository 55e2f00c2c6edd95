use event_sourcing::{EventCodec as _, StreamId};
use event_store::{Append, Expected, NewEvent};
use events::{
    ContactEvent,
    contact::{ContactBlocked, ContactFollowed, ContactInteracted, InteractionKind, Profile},
    to_bytes, to_timestamp,
};
use prost::Name as _;
use uuid::Uuid;
use vault::SealKey;

use super::{
    line_event::{LineFact, LineFactKind},
    webhooks::Report,
};
use crate::{
    metadata,
    registry::Person,
    sealing::{Place, seal_content, seal_profile},
};

/// The event for a report, in the contact's own stream.
///
/// Its request id is made of the channel's id of the event: delivered again, it is not appended.
pub(super) fn append(contact_id: Uuid, key: &SealKey, report: Report<'_>) -> Append {
    let Report {
        logged,
        person,
        fact,
    } = report;
    let request_id = Uuid::new_v5(&person.account_id, fact.event_id.as_bytes());
    let event_id = Uuid::now_v7();
    let place = Place {
        team: person.team_id,
        contact: contact_id,
        event: event_id,
    };
    let team_id = person.team_id;
    let event = seal(key, place, person, fact);
    Append {
        stream: StreamId {
            category: "contact",
            id: contact_id,
        },
        team_id,
        expected: Expected::Any,
        request_id: Some(request_id),
        answer: Vec::new(),
        metadata: metadata::of_answer("service:contacts", logged.event_id),
        events: vec![NewEvent::with_id(event_id, event.encode())],
    }
}

fn seal(key: &SealKey, place: Place, person: Person, fact: LineFact) -> ContactEvent {
    let profile = Profile {
        external_id: fact.user_id.into_string(),
        ..Profile::default()
    };
    let sealed = |event_type: String| seal_profile(key, place, &event_type, &profile);
    let contact_id = to_bytes(place.contact);
    let account_id = to_bytes(person.account_id);
    let identity = person.identity;
    let occurred_at = Some(to_timestamp(fact.occurred_at));
    let (kind, content) = match fact.kind {
        LineFactKind::Followed { unblocked } => {
            return ContactEvent::Followed(ContactFollowed {
                contact_id,
                account_id,
                identity,
                sealed_profile: sealed(ContactFollowed::full_name()),
                occurred_at,
                unblocked,
            });
        }
        LineFactKind::Blocked => {
            return ContactEvent::Blocked(ContactBlocked {
                contact_id,
                account_id,
                identity,
                sealed_profile: sealed(ContactBlocked::full_name()),
                occurred_at,
            });
        }
        LineFactKind::Wrote { text } => (InteractionKind::Message, text),
        LineFactKind::Tapped { data } => (InteractionKind::Postback, data),
    };
    ContactEvent::Interacted(ContactInteracted {
        contact_id,
        account_id,
        identity,
        sealed_profile: sealed(ContactInteracted::full_name()),
        occurred_at,
        kind: kind.into(),
        sealed_content: seal_content(key, place, &content),
    })
}
