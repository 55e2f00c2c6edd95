use std::collections::BTreeMap;

use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::{BroadcastLogEvent, broadcasts::WindowSettled};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::changes;

const CHUNK_STORED: &str = "fanfare.events.broadcast.v1.ChunkStored";
const EXCLUDED: &str = "fanfare.events.broadcast.v1.RecipientsExcluded";
const WINDOW_STARTED: &str = "fanfare.events.broadcast.v1.WindowStarted";

/// Keeps the list of broadcasts and how far each is.
#[derive(Debug)]
pub(crate) struct Broadcasts;

impl Handler for Broadcasts {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        events: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let mut settled: BTreeMap<Uuid, i64> = BTreeMap::new();
        // Most of the log says nothing here, and need not be decoded.
        let telling = events.iter().filter(|event| {
            ![CHUNK_STORED, EXCLUDED, WINDOW_STARTED].contains(&event.event_type.as_str())
        });
        for logged in telling {
            match BroadcastLogEvent::decode(&logged.event_type, &logged.payload)? {
                BroadcastLogEvent::Drafted(event) => {
                    changes::drafted(tx, logged.team_id, &event).await?;
                }
                BroadcastLogEvent::Confirmed(event) => changes::confirmed(tx, &event).await?,
                BroadcastLogEvent::AudienceFrozen(event) => changes::frozen(tx, &event).await?,
                BroadcastLogEvent::Paused(event) => changes::paused(tx, &event).await?,
                BroadcastLogEvent::Resumed(event) => changes::resumed(tx, &event).await?,
                BroadcastLogEvent::Stopped(event) => changes::stopped(tx, &event).await?,
                BroadcastLogEvent::Completed(event) => changes::completed(tx, &event).await?,
                BroadcastLogEvent::WindowSettled(event) => {
                    *settled.entry(events::id(&event.broadcast_id)).or_default() += people(&event);
                }
                BroadcastLogEvent::Excluded(_)
                | BroadcastLogEvent::ChunkStored(_)
                | BroadcastLogEvent::WindowStarted(_)
                | BroadcastLogEvent::Progressed(_) => {}
            }
        }
        changes::settled(tx, &settled).await?;
        Ok(())
    }
}

/// How many people got an outcome.
fn people(settled: &WindowSettled) -> i64 {
    settled
        .outcomes
        .iter()
        .flat_map(|outcome| &outcome.recipients)
        .map(|range| i64::from(range.count))
        .sum()
}
