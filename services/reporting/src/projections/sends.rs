use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::BroadcastLogEvent;
use sqlx::PgTransaction;

use super::{broadcasts::Broadcasts, exclusions::Exclusions, recipients::Recipients};

/// Projects broadcasts and the people of each, from the log of broadcasts.
///
/// A broadcast, its chunks and its excluded parts are streams of their own, in any partition. None
/// needs another's rows, so it does not matter which comes first.
#[derive(Debug)]
pub struct Sends;

impl Handler for Sends {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        events: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let mut broadcasts = Broadcasts::default();
        let mut exclusions = Exclusions::default();
        let mut recipients = Recipients::default();
        for logged in events {
            match BroadcastLogEvent::decode(&logged.event_type, &logged.payload)? {
                BroadcastLogEvent::Drafted(event) => broadcasts.drafted(logged.team_id, event)?,
                BroadcastLogEvent::Confirmed(event) => broadcasts.confirmed(&event)?,
                BroadcastLogEvent::AudienceFrozen(event) => broadcasts.frozen(&event)?,
                BroadcastLogEvent::Paused(event) => broadcasts.paused(&event.broadcast_id, true),
                BroadcastLogEvent::Resumed(event) => broadcasts.paused(&event.broadcast_id, false),
                BroadcastLogEvent::Stopped(event) => broadcasts.stopped(&event)?,
                BroadcastLogEvent::Completed(event) => broadcasts.completed(&event)?,
                BroadcastLogEvent::Excluded(event) => exclusions.add(logged.team_id, event)?,
                BroadcastLogEvent::ChunkStored(event) => {
                    recipients.stored(logged.team_id, event)?;
                }
                BroadcastLogEvent::WindowSettled(event) => recipients.settled(event),
                BroadcastLogEvent::Progressed(event) => recipients.progressed(event),
                // Says that calls are about to be made, not what became of them.
                BroadcastLogEvent::WindowStarted(_) => {}
            }
        }
        broadcasts.save(tx).await?;
        exclusions.save(tx).await?;
        recipients.save(tx).await
    }
}
