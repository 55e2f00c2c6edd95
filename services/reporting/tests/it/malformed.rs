//! What no writer would have written stops the partition, and is not skipped in silence.

use event_bus::HandlerError;
use event_sourcing::EventCodec as _;
use events::{
    BroadcastLogEvent, IngressLogEvent,
    broadcasts::{Outcome, OutcomeKind, RecipientRange, WindowSettled},
    common::Money,
    ingested::OrderPlaced,
    to_bytes, to_timestamp,
};
use prost_types::Timestamp;
use rand::{SeedableRng as _, rngs::StdRng};
use reporting::{Sends, Visits};
use uuid::Uuid;

use crate::{
    facts::{Facts, half_day},
    journal::Journal,
    projector::{apply_to, projected},
};

#[tokio::test]
async fn events_that_cannot_be_true_are_permanent_failures() {
    let mut facts = Facts::of_a_team();
    facts.sent_to(3);
    let database = projected(&facts).await;
    let journal = Journal::of(&facts, &mut StdRng::seed_from_u64(1));
    let mut event = journal.broadcasts.concat().remove(0);
    let settled = |chunk: Uuid, count: u32, kind: OutcomeKind| {
        BroadcastLogEvent::from(WindowSettled {
            chunk_id: to_bytes(chunk),
            broadcast_id: to_bytes(facts.broadcasts[0].id),
            outcomes: vec![Outcome {
                kind: kind.into(),
                recipients: vec![RecipientRange { first: 1, count }],
                ..Outcome::default()
            }],
            settled_at: Some(to_timestamp(half_day(4))),
            ..WindowSettled::default()
        })
    };
    let chunk = facts.broadcasts[0].chunks[0].id;
    for malformed in [
        settled(Uuid::now_v7(), 2, OutcomeKind::Accepted),
        settled(chunk, 3, OutcomeKind::Accepted),
        settled(chunk, 2, OutcomeKind::Unspecified),
    ] {
        let encoded = malformed.encode();
        event.event_type = encoded.event_type.into_owned();
        event.payload = encoded.payload;
        let refused = apply_to(Sends, &database.pool, std::slice::from_ref(&event)).await;
        assert!(
            matches!(refused, Err(HandlerError::Permanent(_))),
            "{malformed:?}: {refused:?}"
        );
    }

    let order = |order_id: &str, currency: &str, seconds| {
        IngressLogEvent::from(OrderPlaced {
            order_id: order_id.to_owned(),
            placed_at: Some(Timestamp { seconds, nanos: 0 }),
            total: Some(Money {
                currency: currency.to_owned(),
                minor_units: 1,
            }),
            ..OrderPlaced::default()
        })
    };
    for malformed in [
        order("1", "twd", 0),
        order("1\0", "TWD", 0),
        order("1", "TWD", -99_999_999_999),
        IngressLogEvent::from(OrderPlaced::default()),
    ] {
        let encoded = malformed.encode();
        event.event_type = encoded.event_type.into_owned();
        event.payload = encoded.payload;
        let refused = apply_to(Visits, &database.pool, std::slice::from_ref(&event)).await;
        assert!(
            matches!(refused, Err(HandlerError::Permanent(_))),
            "{malformed:?}: {refused:?}"
        );
    }
}
