use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::BroadcastLogEvent;
use sqlx::PgTransaction;

const DRAFTED: &str = "fanfare.events.broadcast.v1.BroadcastDrafted";

/// Where tracked links lead.
#[derive(Debug)]
pub(crate) struct Links;

impl Handler for Links {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        events: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        // Chunks are most of this log and have no link: they need not be decoded.
        for event in events.iter().filter(|event| event.event_type == DRAFTED) {
            if let BroadcastLogEvent::Drafted(drafted) =
                BroadcastLogEvent::decode(&event.event_type, &event.payload)?
            {
                for link in &drafted.links {
                    sqlx::query!(
                        "INSERT INTO links (link_id, team_id, broadcast_id, target_url)
                         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                        events::id(&link.link_id),
                        event.team_id,
                        events::id(&drafted.broadcast_id),
                        link.target_url,
                    )
                    .execute(&mut **tx)
                    .await?;
                }
            }
        }
        Ok(())
    }
}
