use contacts_domain::{OptWord, PURPOSES, opt_button, opt_word};
use event_sourcing::{EventCodec as _, StreamId};
use event_store::{Append, Expected, NewEvent};
use events::{
    ContactEvent,
    common::Channel,
    contact::{
        BlockReason, ConsentMeans, ContactBlocked, ContactConsentChanged, ContactFollowed,
        ContactInteracted, InteractionKind, Profile,
    },
    to_bytes, to_timestamp,
};
use prost::Name as _;
use prost_types::Timestamp;
use uuid::Uuid;
use vault::SealKey;

use super::{fact::FactKind, webhooks::Report};
use crate::{
    metadata,
    registry::Person,
    sealing::{Place, SealedContent, seal_content, seal_profile},
};

/// The events for a report, in the contact's own stream: what the person did, and the decision in it,
/// if it is one.
///
/// The request id is made of the channel's id of the event: delivered again, they are not appended.
pub(super) fn append(contact_id: Uuid, key: &SealKey, report: Report<'_>) -> Append {
    let Report {
        logged,
        person,
        channel,
        fact,
    } = report;
    let request_id = Uuid::new_v5(&person.account_id, fact.event_id.as_bytes());
    let team_id = person.team_id;
    let told = Told {
        key,
        contact_id,
        person,
        profile: Profile {
            external_id: fact.person.into_string(),
            ..Profile::default()
        },
        occurred_at: to_timestamp(fact.occurred_at),
    };
    let decided = decision(channel, &fact.kind).map(|(word, means)| told.decided(word, means));
    let happened = told.happened(fact.kind);
    let events = happened.into_iter().chain(decided).collect();
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
        events,
    }
}

/// What a person decides by what they write, tap or switch, on any channel.
fn decision(channel: Channel, kind: &FactKind) -> Option<(OptWord, ConsentMeans)> {
    match kind {
        FactKind::Wrote { text } => Some((opt_word(channel, text)?, ConsentMeans::Word)),
        FactKind::Tapped { data } => Some((opt_button(data)?, ConsentMeans::Button)),
        FactKind::MarketingSwitched { stopped: true } => {
            Some((OptWord::OptOut, ConsentMeans::Channel))
        }
        FactKind::MarketingSwitched { stopped: false } => {
            Some((OptWord::OptIn, ConsentMeans::Channel))
        }
        FactKind::Followed { .. } | FactKind::Blocked => None,
    }
}

/// What all events of a report share.
struct Told<'a> {
    key: &'a SealKey,
    contact_id: Uuid,
    person: Person,
    profile: Profile,
    occurred_at: Timestamp,
}

impl Told<'_> {
    /// Each event has an id of its own, which its sealed fields are bound to.
    fn place(&self) -> Place {
        Place {
            team: self.person.team_id,
            contact: self.contact_id,
            event: Uuid::now_v7(),
        }
    }

    fn sealed_profile(&self, place: Place, event_type: &str) -> Vec<u8> {
        seal_profile(self.key, place, event_type, &self.profile)
    }

    /// `None`: nothing but a decision.
    fn happened(&self, kind: FactKind) -> Option<NewEvent> {
        let place = self.place();
        let contact_id = to_bytes(self.contact_id);
        let account_id = to_bytes(self.person.account_id);
        let identity = self.person.identity.to_vec();
        let occurred_at = Some(self.occurred_at);
        let event = match kind {
            FactKind::Followed { unblocked } => ContactEvent::Followed(ContactFollowed {
                contact_id,
                account_id,
                identity,
                sealed_profile: self.sealed_profile(place, &ContactFollowed::full_name()),
                occurred_at,
                unblocked,
            }),
            FactKind::Blocked => ContactEvent::Blocked(ContactBlocked {
                contact_id,
                account_id,
                identity,
                sealed_profile: self.sealed_profile(place, &ContactBlocked::full_name()),
                occurred_at,
                reason: BlockReason::Unspecified.into(),
            }),
            FactKind::Wrote { text } => self.interacted(place, InteractionKind::Message, &text),
            FactKind::Tapped { data } => self.interacted(place, InteractionKind::Postback, &data),
            FactKind::MarketingSwitched { .. } => return None,
        };
        Some(NewEvent::with_id(place.event, event.encode()))
    }

    fn interacted(&self, place: Place, kind: InteractionKind, content: &str) -> ContactEvent {
        ContactEvent::Interacted(ContactInteracted {
            contact_id: to_bytes(self.contact_id),
            account_id: to_bytes(self.person.account_id),
            identity: self.person.identity.to_vec(),
            sealed_profile: self.sealed_profile(place, &ContactInteracted::full_name()),
            occurred_at: Some(self.occurred_at),
            kind: kind.into(),
            sealed_content: seal_content(self.key, place, SealedContent::Written, content),
            told_by_team: false,
        })
    }

    /// For all purposes, both ways: neither a word nor a switch tells them apart, and who takes "stop" back
    /// takes all of it back.
    fn decided(&self, word: OptWord, means: ConsentMeans) -> NewEvent {
        let place = self.place();
        let event = ContactEvent::ConsentChanged(ContactConsentChanged {
            contact_id: to_bytes(self.contact_id),
            account_id: to_bytes(self.person.account_id),
            identity: self.person.identity.to_vec(),
            sealed_profile: self.sealed_profile(place, &ContactConsentChanged::full_name()),
            purposes: PURPOSES.map(i32::from).to_vec(),
            opted_out: match word {
                OptWord::OptOut => true,
                OptWord::OptIn => false,
            },
            means: means.into(),
            occurred_at: Some(self.occurred_at),
        });
        NewEvent::with_id(place.event, event.encode())
    }
}
