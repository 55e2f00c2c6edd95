use sqlx::PgExecutor;
use uuid::Uuid;

use super::StagedExclusion;

/// A chunk that is to become an event.
#[derive(Debug)]
pub(crate) struct Unpublished {
    pub(crate) chunk_id: Uuid,
    pub(crate) account_id: Uuid,
    pub(crate) chunk_index: i32,
    pub(crate) contact_ids: Vec<u8>,
}

/// The staged chunks after `after`, in order, a page at a time.
pub(crate) async fn staged_chunks(
    executor: impl PgExecutor<'_>,
    broadcast_id: Uuid,
    after: i32,
    limit: i64,
) -> sqlx::Result<Vec<Unpublished>> {
    sqlx::query_as!(
        Unpublished,
        "SELECT chunk_id, account_id, chunk_index, contact_ids FROM dispatch_chunks
         WHERE broadcast_id = $1 AND state = 'staged' AND chunk_index > $2
         ORDER BY chunk_index LIMIT $3",
        broadcast_id,
        after,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// Hands chunks to delivery: their events are appended.
pub(crate) async fn make_ready(
    executor: impl PgExecutor<'_>,
    chunk_ids: &[Uuid],
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE dispatch_chunks SET state = 'ready' WHERE chunk_id = ANY($1) AND state = 'staged'",
        chunk_ids,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Those left out who are not yet in events, in order, a page at a time.
pub(crate) async fn staged_exclusions(
    executor: impl PgExecutor<'_>,
    broadcast_id: Uuid,
    limit: i64,
) -> sqlx::Result<Vec<StagedExclusion>> {
    sqlx::query_as!(
        StagedExclusion,
        "SELECT part, reason, contact_ids FROM dispatch_exclusions
         WHERE broadcast_id = $1 ORDER BY part LIMIT $2",
        broadcast_id,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// Their events are appended.
pub(crate) async fn forget_exclusions(
    executor: impl PgExecutor<'_>,
    broadcast_id: Uuid,
    parts: &[i32],
) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM dispatch_exclusions WHERE broadcast_id = $1 AND part = ANY($2)",
        broadcast_id,
        parts,
    )
    .execute(executor)
    .await?;
    Ok(())
}
