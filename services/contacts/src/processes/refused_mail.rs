use std::collections::HashMap;

use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::{EventStore, LoggedEvent};
use events::{
    BroadcastLogEvent,
    broadcasts::{ChunkStored, Outcome, OutcomeKind, WindowSettled},
};
use sqlx::{PgPool, PgTransaction};
use uuid::Uuid;

use super::{
    mail::{Told, append_all},
    mail_facts::no_mailbox,
};

/// How delivery writes down that a mail server knows no such mailbox, behind the server's own codes.
const NO_SUCH_ADDRESS: &str = " no_such_address";

/// Makes contacts' facts of mailboxes that were none when they were sent to: what a bounce says later is said
/// at once by a server that knows.
#[derive(Debug)]
pub(crate) struct RefusedMail {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
}

/// Who is in a chunk.
struct Members {
    account_id: Uuid,
    contact_ids: Vec<u8>,
}

impl Handler for RefusedMail {
    async fn apply(
        &self,
        _tx: &mut PgTransaction<'_>,
        logged: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let (mut stored, mut refused) = (HashMap::new(), Vec::new());
        for logged in logged {
            let event = BroadcastLogEvent::decode(&logged.event_type, &logged.payload)?;
            if let BroadcastLogEvent::ChunkStored(chunk) = event {
                stored.insert(events::id(&chunk.chunk_id), members(chunk));
            } else if let BroadcastLogEvent::WindowSettled(settled) = event
                && settled.outcomes.iter().any(is_refused)
            {
                refused.push((logged, settled));
            }
        }
        let mut told = Vec::new();
        for (logged, settled) in &refused {
            let chunk_id = events::id(&settled.chunk_id);
            let of_batch = stored.get(&chunk_id);
            let chunk = match of_batch {
                Some(_) => None,
                None => Some(self.find(chunk_id).await?),
            };
            if let Some(chunk) = of_batch.or(chunk.as_ref()) {
                told.extend(of_chunk(logged, settled, chunk));
            }
        }
        append_all(&self.store, told).await
    }
}

impl RefusedMail {
    /// A chunk that was stored before this batch, as the read model of what was sent has it.
    async fn find(&self, chunk_id: Uuid) -> Result<Members, HandlerError> {
        let row = sqlx::query_as!(
            Members,
            "SELECT broadcasts.account_id, chunks.contact_ids
             FROM conversation_chunks chunks
             JOIN conversation_broadcasts broadcasts USING (broadcast_id)
             WHERE chunks.chunk_id = $1",
            chunk_id,
        );
        let row = row.fetch_optional(&self.pool).await?;
        // It follows the same log, and is a moment behind.
        row.ok_or_else(|| HandlerError::transient(NotYet { chunk_id }))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("it is not known yet who is in chunk {chunk_id}")]
struct NotYet {
    chunk_id: Uuid,
}

fn members(chunk: ChunkStored) -> Members {
    Members {
        account_id: events::id(&chunk.account_id),
        contact_ids: chunk.contact_ids,
    }
}

fn is_refused(outcome: &Outcome) -> bool {
    outcome.kind() == OutcomeKind::Failed && outcome.code.ends_with(NO_SUCH_ADDRESS)
}

fn of_chunk<'a>(
    logged: &'a LoggedEvent,
    settled: &WindowSettled,
    chunk: &Members,
) -> Vec<Told<'a>> {
    let contacts: Vec<Uuid> = events::ids(&chunk.contact_ids).collect();
    let refused = settled.outcomes.iter().filter(|it| is_refused(it));
    let places = refused.flat_map(|outcome| &outcome.recipients);
    // Places that the chunk does not have are nobody's.
    let people = places.flat_map(|range| {
        let first = range.first as usize;
        contacts.iter().skip(first).take(range.count as usize)
    });
    people
        .map(|contact_id| Told {
            logged,
            contact_id: *contact_id,
            account_id: chunk.account_id,
            event: no_mailbox(*contact_id, chunk.account_id, settled.settled_at),
        })
        .collect()
}
