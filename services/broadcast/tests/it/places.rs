//! Where everyone of a frozen audience has ended up.

use std::collections::BTreeSet;

use events::{
    BroadcastLogEvent,
    broadcasts::{AudienceFrozen, ChunkStored, ExclusionReason},
};
use proto::segmentation::v1::SubscriptionStatus;
use ring::digest::{SHA256, digest};
use test_support::eventually;
use uuid::Uuid;

use crate::{app::App, people::Someone};

/// A frozen audience as the log has it.
#[derive(Debug, Default)]
struct Places {
    frozen: Vec<AudienceFrozen>,
    chunks: Vec<ChunkStored>,
    excluded: Vec<Uuid>,
}

impl App {
    /// Each person of one of these audiences is in one chunk, or left out for one reason; the numbers
    /// are those frozen; and nobody of another audience is in it.
    pub(crate) async fn everyone_has_one_place(&self, audiences: &[Vec<Someone>]) {
        let places = eventually(
            "the frozen audience is in events, and its chunks are ready",
            async || {
                let places = self.places().await;
                (places.complete() && self.nothing_is_staged(&places).await).then_some(places)
            },
        )
        .await;
        let frozen = &places.frozen[0];
        assert_eq!(places.frozen.len(), 1);
        assert_eq!(
            usize::try_from(frozen.chunk_count).unwrap(),
            places.chunks.len()
        );

        let in_order: Vec<u8> = places
            .chunks
            .iter()
            .flat_map(|chunk| chunk.contact_ids.clone())
            .collect();
        assert_eq!(frozen.digest, digest(&SHA256, &in_order).as_ref());
        let included: BTreeSet<Uuid> = events::ids(&in_order).collect();
        let excluded: BTreeSet<Uuid> = places.excluded.iter().copied().collect();
        assert_eq!(
            (included.len(), excluded.len()),
            (in_order.len() / 16, places.excluded.len()),
            "nobody twice"
        );
        assert!(
            audiences.iter().any(|audience| (&included, &excluded)
                == (&subscribed(audience, true), &subscribed(audience, false))),
            "{} in and {} out are no audience of one moment",
            included.len(),
            excluded.len()
        );
    }

    async fn places(&self) -> Places {
        let mut places = Places::default();
        for event in self.events().await {
            match event {
                BroadcastLogEvent::AudienceFrozen(event) => places.frozen.push(event),
                BroadcastLogEvent::ChunkStored(event) => places.chunks.push(event),
                BroadcastLogEvent::Excluded(event) => {
                    assert_eq!(event.reason(), ExclusionReason::Blocked);
                    places.excluded.extend(events::ids(&event.contact_ids));
                }
                BroadcastLogEvent::Drafted(_)
                | BroadcastLogEvent::Confirmed(_)
                | BroadcastLogEvent::WindowStarted(_)
                | BroadcastLogEvent::WindowSettled(_)
                | BroadcastLogEvent::Progressed(_)
                | BroadcastLogEvent::Paused(_)
                | BroadcastLogEvent::Resumed(_)
                | BroadcastLogEvent::Stopped(_)
                | BroadcastLogEvent::Completed(_) => {}
            }
        }
        places.chunks.sort_by_key(|chunk| chunk.index);
        places
    }

    async fn nothing_is_staged(&self, places: &Places) -> bool {
        let rows: i64 = sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM dispatch_chunks WHERE state = 'staged')
                  + (SELECT count(*) FROM dispatch_exclusions)",
        )
        .fetch_one(&self.pool)
        .await
        .unwrap();
        let ready: i64 = sqlx::query_scalar("SELECT COALESCE(sum(recipients), 0)::bigint FROM dispatch_chunks WHERE state = 'ready'")
            .fetch_one(&self.pool)
            .await
            .unwrap();
        rows == 0 && ready == places.frozen[0].included
    }
}

impl Places {
    fn complete(&self) -> bool {
        let Some(frozen) = self.frozen.first() else {
            return false;
        };
        let included: usize = self
            .chunks
            .iter()
            .map(|chunk| chunk.contact_ids.len() / 16)
            .sum();
        let excluded: i64 = frozen
            .excluded
            .iter()
            .map(|excluded| excluded.contacts)
            .sum();
        (
            i64::try_from(included).unwrap(),
            i64::try_from(self.excluded.len()).unwrap(),
        ) == (frozen.included, excluded)
    }
}

fn subscribed(audience: &[Someone], subscribed: bool) -> BTreeSet<Uuid> {
    audience
        .iter()
        .filter(|person| (person.2 == SubscriptionStatus::Subscribed) == subscribed)
        .map(|person| person.0)
        .collect()
}
