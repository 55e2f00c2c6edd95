use anyhow::ensure;
use broadcast_domain::{Draft, Frozen, excluded_id};
use event_sourcing::{EventCodec as _, StreamId};
use event_store::{Append, AppendError, Expected, NewEvent};
use events::{
    BroadcastLogEvent,
    broadcasts::{ChunkStored, RecipientsExcluded},
    to_bytes,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use ring::digest::{Context, SHA256};
use uuid::Uuid;

use super::freeze::Freezer;
use crate::{
    dispatch::{self, Unpublished},
    metadata,
};

/// Chunks handed to delivery at once.
const PAGE_CHUNKS: i64 = 250;
/// Appends under way at the same time, so that they are committed together.
const CONCURRENT_MAX: usize = 250;
const ACTOR: &str = "service:broadcast";

impl Freezer {
    /// Puts the frozen audience into events, and hands its chunks to delivery.
    ///
    /// Streams have ids that follow from the broadcast's, and are expected not to exist: what an
    /// earlier run has appended is found there and left as it is.
    pub(super) async fn publish(
        &self,
        team_id: Uuid,
        draft: &Draft,
        frozen: &Frozen,
    ) -> anyhow::Result<()> {
        self.check_digest(draft, frozen).await?;
        self.publish_exclusions(team_id, draft).await?;
        loop {
            let page =
                dispatch::staged_chunks(&self.pool, draft.broadcast_id, -1, PAGE_CHUNKS).await?;
            if page.is_empty() {
                return Ok(());
            }
            let ids: Vec<Uuid> = page.iter().map(|chunk| chunk.chunk_id).collect();
            let appends = page.into_iter().map(|chunk| {
                self.append(
                    team_id,
                    draft,
                    "chunk",
                    chunk.chunk_id,
                    stored(draft, chunk),
                )
            });
            stream::iter(appends)
                .buffer_unordered(CONCURRENT_MAX)
                .try_collect::<()>()
                .await?;
            dispatch::make_ready(&self.pool, &ids).await?;
        }
    }

    /// Before the first chunk leaves: the rows are those that `AudienceFrozen` speaks of.
    async fn check_digest(&self, draft: &Draft, frozen: &Frozen) -> anyhow::Result<()> {
        let mut digest = Context::new(&SHA256);
        let mut after = -1;
        let mut chunks = 0;
        loop {
            let page =
                dispatch::staged_chunks(&self.pool, draft.broadcast_id, after, PAGE_CHUNKS).await?;
            let Some(last) = page.last() else { break };
            after = last.chunk_index;
            for chunk in &page {
                digest.update(&chunk.contact_ids);
                chunks += 1;
            }
        }
        // Some have been handed over: the digest was right then.
        if chunks < frozen.chunk_count {
            return Ok(());
        }
        ensure!(
            chunks == frozen.chunk_count && digest.finish().as_ref() == frozen.digest,
            "ALARM: the staged audience is not the frozen one; nothing is sent"
        );
        Ok(())
    }

    async fn publish_exclusions(&self, team_id: Uuid, draft: &Draft) -> anyhow::Result<()> {
        let exclusions = dispatch::staged_exclusions(&self.pool, draft.broadcast_id).await?;
        if exclusions.is_empty() {
            return Ok(());
        }
        let appends = exclusions.into_iter().map(|exclusion| {
            let part = exclusion.part.unsigned_abs();
            let event = RecipientsExcluded {
                broadcast_id: to_bytes(draft.broadcast_id),
                part,
                reason: exclusion.reason,
                contact_ids: exclusion.contact_ids,
            };
            let stream_id = excluded_id(draft.broadcast_id, part);
            self.append(team_id, draft, "excluded", stream_id, event.into())
        });
        stream::iter(appends)
            .buffer_unordered(CONCURRENT_MAX)
            .try_collect::<()>()
            .await?;
        dispatch::forget_exclusions(&self.pool, draft.broadcast_id).await?;
        Ok(())
    }

    async fn append(
        &self,
        team_id: Uuid,
        draft: &Draft,
        category: &'static str,
        stream_id: Uuid,
        event: BroadcastLogEvent,
    ) -> anyhow::Result<()> {
        let context = metadata::context(team_id, ACTOR, draft.broadcast_id, None);
        let appended = self.store.append(Append {
            stream: StreamId {
                category,
                id: stream_id,
            },
            team_id,
            expected: Expected::Version(0),
            request_id: None,
            answer: Vec::new(),
            metadata: context.metadata,
            events: vec![NewEvent::new(event.encode())],
        });
        match appended.await {
            Ok(_) | Err(AppendError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn stored(draft: &Draft, chunk: Unpublished) -> BroadcastLogEvent {
    ChunkStored {
        chunk_id: to_bytes(chunk.chunk_id),
        broadcast_id: to_bytes(draft.broadcast_id),
        account_id: to_bytes(draft.account_id),
        index: chunk.chunk_index.unsigned_abs(),
        contact_ids: chunk.contact_ids,
    }
    .into()
}
