mod chunks;
mod text;

use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::{BroadcastLogEvent, broadcasts::BroadcastDrafted};
use sqlx::PgTransaction;
use uuid::Uuid;

use self::chunks::Chunks;

/// Keeps what broadcasts say and whom they were sent to, from the log of broadcasts: a row a chunk, and
/// never one a person.
///
/// A broadcast and its chunks are streams of their own, in any partition. Neither needs the other's row.
#[derive(Debug)]
pub(crate) struct SentBroadcasts;

impl Handler for SentBroadcasts {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        events: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let mut chunks = Chunks::default();
        for logged in events {
            match BroadcastLogEvent::decode(&logged.event_type, &logged.payload)? {
                BroadcastLogEvent::Drafted(drafted) => save(tx, logged.team_id, &drafted).await?,
                BroadcastLogEvent::ChunkStored(stored) => chunks.stored(stored),
                BroadcastLogEvent::WindowSettled(settled) => chunks.settled(settled),
                // Nobody is sent to by these.
                BroadcastLogEvent::Confirmed(_)
                | BroadcastLogEvent::AudienceFrozen(_)
                | BroadcastLogEvent::Excluded(_)
                | BroadcastLogEvent::WindowStarted(_)
                | BroadcastLogEvent::Progressed(_)
                | BroadcastLogEvent::Paused(_)
                | BroadcastLogEvent::Resumed(_)
                | BroadcastLogEvent::Stopped(_)
                | BroadcastLogEvent::Completed(_) => {}
            }
        }
        chunks.save(tx).await?;
        Ok(())
    }
}

/// Broadcasts are few.
async fn save(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    drafted: &BroadcastDrafted,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO conversation_broadcasts (broadcast_id, team_id, account_id, text)
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        events::id(&drafted.broadcast_id),
        team_id,
        events::id(&drafted.account_id),
        text::of(drafted),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
