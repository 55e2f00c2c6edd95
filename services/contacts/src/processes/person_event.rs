use contacts_domain::ExternalId;
use events::{
    common::Channel,
    from_timestamp,
    ingested::{PersonEvent, person_event::Kind},
};
use prost::Message as _;

use super::fact::{Fact, FactKind};

/// Reads what the ingress has made of an event of Meta's. `None`: it does not say of whom.
pub(crate) fn parse(channel: Channel, body: &[u8]) -> Option<Fact> {
    let event = PersonEvent::decode(body).ok()?;
    let kind = match event.kind? {
        Kind::Wrote(text) => FactKind::Wrote { text },
        Kind::Tapped(data) => FactKind::Tapped { data },
        Kind::MarketingStopped(stopped) => FactKind::MarketingSwitched { stopped },
    };
    Some(Fact {
        person: ExternalId::parse(channel, &event.external_id).ok()?,
        event_id: event.event_id,
        occurred_at: from_timestamp(event.occurred_at.as_ref())?,
        kind,
    })
}
