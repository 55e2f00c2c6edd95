use anyhow::Context as _;
use contacts_domain::{FrozenJob, JobPlan, chunk_request_id};
use event_bus::ConsistencyToken;
use event_sourcing::EventCodec as _;
use event_store::{Append, EventStore, Expected, LogPosition, NewEvent};
use events::ContactsLogEvent;
use futures_util::future::try_join_all;
use sqlx::PgPool;

use super::{
    chunks::Chunk,
    holding::{Held, Holding, Stop},
};
use crate::import::Lanes;

/// Chunks that are appended at the same time.
const CHUNKS_AT_ONCE: i64 = 8;

/// Does to each contact what its job says.
pub(super) struct Applying<'a> {
    pub(super) pool: &'a PgPool,
    pub(super) store: &'a EventStore,
    pub(super) held: Held,
    pub(super) plan: &'a JobPlan,
    pub(super) lanes: Lanes,
    /// A protobuf `fanfare.log.v1.EventMetadata`.
    pub(super) metadata: Vec<u8>,
}

impl Applying<'_> {
    /// Appends the chunks that are not in the log yet, some at a time.
    pub(super) async fn run(
        &self,
        frozen: FrozenJob,
        holding: &mut Holding,
    ) -> anyhow::Result<Result<(), Stop>> {
        let log = self.store.meta().name.as_str();
        let mut token =
            ConsistencyToken::decode(&holding.consistency_token).context("cannot go on")?;
        while holding.next_chunk.unsigned_abs() < frozen.chunk_count {
            let chunks = self
                .held
                .chunks_from(self.pool, holding.next_chunk, CHUNKS_AT_ONCE)
                .await?;
            let Some(last) = chunks.last() else {
                // They go when all are in the log, and after another has cancelled the job.
                return Ok(Err(Stop::TakenOver));
            };
            let next_chunk = last.index + 1;
            let contacts: usize = chunks.iter().map(Chunk::contacts).sum();
            let appended = chunks.into_iter().map(|chunk| self.append(chunk));
            for at in try_join_all(appended).await? {
                token = token.and(log, at);
            }
            holding.next_chunk = next_chunk;
            holding.processed += i64::try_from(contacts)?;
            holding.consistency_token = token.encode();
            let advanced = self
                .held
                .advance(self.pool, next_chunk, holding.processed, &token)
                .await?;
            if let Err(stop) = advanced {
                return Ok(Err(stop));
            }
        }
        Ok(Ok(()))
    }

    /// Once, however often: the event's request id is the chunk's.
    async fn append(&self, chunk: Chunk) -> anyhow::Result<LogPosition> {
        let event = self
            .plan
            .event_for(chunk.contact_ids)
            .context("an import has no chunks")?;
        let append = Append {
            stream: self
                .lanes
                .of(chunk.partition)
                .context("a contact is in a partition that the log does not have")?,
            team_id: self.held.team_id,
            expected: Expected::Any,
            request_id: Some(chunk_request_id(
                self.plan.job_id,
                chunk.index.unsigned_abs(),
            )),
            answer: Vec::new(),
            metadata: self.metadata.clone(),
            events: vec![NewEvent::new(ContactsLogEvent::Contact(event).encode())],
        };
        let appended = self.store.append(append).await.context("cannot append")?;
        Ok(appended.at)
    }
}
