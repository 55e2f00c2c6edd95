use anyhow::ensure;
use broadcast_domain::excluded_id;
use event_sourcing::{EventCodec as _, StreamId};
use event_store::{Append, AppendError, Expected, NewEvent};
use events::{
    BroadcastLogEvent,
    broadcasts::{AudienceFrozen, ChunkStored, RecipientsExcluded},
    to_bytes,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use ring::digest::{Context, SHA256};
use uuid::Uuid;

use super::{ACTOR, freeze::Freezer};
use crate::{
    dispatch::{self, StagedExclusion, Unpublished},
    metadata,
    queries::Open,
};

/// Chunks handed to delivery at once.
const PAGE_CHUNKS: i64 = 250;
/// Parts of those left out that are held at once.
const PAGE_PARTS: i64 = 50;
/// Appends under way at the same time, so that they are committed together.
const CONCURRENT_MAX: usize = 250;

impl Freezer {
    /// Puts the frozen audience into events, and hands its chunks to delivery.
    ///
    /// Streams have ids that follow from the broadcast's, and are expected not to exist: what an
    /// earlier run has appended is found there and left as it is.
    pub(super) async fn publish(&self, open: &Open, whole: &AudienceFrozen) -> anyhow::Result<()> {
        self.check_digest(open, whole).await?;
        self.publish_exclusions(open).await?;
        self.publish_chunks(open).await?;
        dispatch::mark_published(&self.pool, open.broadcast_id).await?;
        Ok(())
    }

    /// Before the first chunk leaves: the rows are those that `AudienceFrozen` speaks of.
    async fn check_digest(&self, open: &Open, whole: &AudienceFrozen) -> anyhow::Result<()> {
        let mut digest = Context::new(&SHA256);
        let mut after = -1;
        let mut chunks = 0;
        loop {
            let page =
                dispatch::staged_chunks(&self.pool, open.broadcast_id, after, PAGE_CHUNKS).await?;
            let Some(last) = page.last() else { break };
            after = last.chunk_index;
            for chunk in &page {
                digest.update(&chunk.contact_ids);
                chunks += 1;
            }
        }
        // Some have been handed over: the digest was right then.
        if chunks < whole.chunk_count {
            return Ok(());
        }
        ensure!(
            chunks == whole.chunk_count && digest.finish().as_ref() == whole.digest,
            "ALARM: the staged audience is not the frozen one; nothing is sent"
        );
        Ok(())
    }

    async fn publish_exclusions(&self, open: &Open) -> anyhow::Result<()> {
        loop {
            let page =
                dispatch::staged_exclusions(&self.pool, open.broadcast_id, PAGE_PARTS).await?;
            if page.is_empty() {
                return Ok(());
            }
            let parts: Vec<i32> = page.iter().map(|exclusion| exclusion.part).collect();
            let appends = page.into_iter().map(|exclusion| {
                let stream_id = excluded_id(open.broadcast_id, exclusion.part.unsigned_abs());
                self.append(open, "excluded", stream_id, excluded(open, exclusion))
            });
            stream::iter(appends)
                .buffer_unordered(CONCURRENT_MAX)
                .try_collect::<()>()
                .await?;
            dispatch::forget_exclusions(&self.pool, open.broadcast_id, &parts).await?;
        }
    }

    async fn publish_chunks(&self, open: &Open) -> anyhow::Result<()> {
        loop {
            let page =
                dispatch::staged_chunks(&self.pool, open.broadcast_id, -1, PAGE_CHUNKS).await?;
            if page.is_empty() {
                return Ok(());
            }
            let ids: Vec<Uuid> = page.iter().map(|chunk| chunk.chunk_id).collect();
            let appends = page
                .into_iter()
                .map(|chunk| self.append(open, "chunk", chunk.chunk_id, stored(open, chunk)));
            stream::iter(appends)
                .buffer_unordered(CONCURRENT_MAX)
                .try_collect::<()>()
                .await?;
            dispatch::make_ready(&self.pool, &ids).await?;
        }
    }

    async fn append(
        &self,
        open: &Open,
        category: &'static str,
        stream_id: Uuid,
        event: BroadcastLogEvent,
    ) -> anyhow::Result<()> {
        let context = metadata::context(open.team_id, ACTOR, open.broadcast_id, None);
        let appended = self.store.append(Append {
            stream: StreamId {
                category,
                id: stream_id,
            },
            team_id: open.team_id,
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

fn excluded(open: &Open, exclusion: StagedExclusion) -> BroadcastLogEvent {
    RecipientsExcluded {
        broadcast_id: to_bytes(open.broadcast_id),
        part: exclusion.part.unsigned_abs(),
        reason: exclusion.reason,
        contact_ids: exclusion.contact_ids,
    }
    .into()
}

fn stored(open: &Open, chunk: Unpublished) -> BroadcastLogEvent {
    ChunkStored {
        chunk_id: to_bytes(chunk.chunk_id),
        broadcast_id: to_bytes(open.broadcast_id),
        account_id: to_bytes(chunk.account_id),
        index: chunk.chunk_index.unsigned_abs(),
        contact_ids: chunk.contact_ids,
    }
    .into()
}
