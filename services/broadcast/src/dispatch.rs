//! The frozen audience on its way out: rows that are staged, then put into events.

use sqlx::{PgExecutor, PgPool, PgTransaction};
use uuid::Uuid;

/// What the addresses of a chunk are sealed under.
pub(crate) const ADDRESSES: &str = "fanfare.dispatch.addresses";

/// A chunk as it is staged.
#[derive(Debug)]
pub(crate) struct StagedChunk {
    pub(crate) chunk_id: Uuid,
    pub(crate) index: i32,
    pub(crate) contact_ids: Vec<u8>,
    pub(crate) sealed_addresses: Vec<u8>,
}

/// People left out for one reason, as they are staged.
#[derive(Debug)]
pub(crate) struct StagedExclusion {
    pub(crate) part: i32,
    pub(crate) reason: i32,
    pub(crate) contact_ids: Vec<u8>,
}

/// Whose rows these are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    pub(crate) attempt_id: Uuid,
    pub(crate) broadcast_id: Uuid,
    pub(crate) account_id: Uuid,
    pub(crate) team_id: Uuid,
}

/// Throws away what attempts that crashed have staged.
pub(crate) async fn discard(pool: &PgPool, broadcast_id: Uuid) -> sqlx::Result<()> {
    let mut tx = pool.begin().await?;
    sqlx::query!(
        "DELETE FROM dispatch_chunks WHERE broadcast_id = $1 AND state = 'staged'",
        broadcast_id,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM dispatch_exclusions WHERE broadcast_id = $1",
        broadcast_id,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

pub(crate) async fn stage(
    pool: &PgPool,
    attempt: Attempt,
    chunks: &[StagedChunk],
    exclusions: &[StagedExclusion],
) -> sqlx::Result<()> {
    let mut tx = pool.begin().await?;
    stage_chunks(&mut tx, attempt, chunks).await?;
    stage_exclusions(&mut tx, attempt, exclusions).await?;
    tx.commit().await
}

async fn stage_chunks(
    tx: &mut PgTransaction<'_>,
    attempt: Attempt,
    chunks: &[StagedChunk],
) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = chunks.iter().map(|chunk| chunk.chunk_id).collect();
    let indexes: Vec<i32> = chunks.iter().map(|chunk| chunk.index).collect();
    let contacts: Vec<&[u8]> = chunks
        .iter()
        .map(|chunk| chunk.contact_ids.as_slice())
        .collect();
    let addresses: Vec<&[u8]> = chunks
        .iter()
        .map(|chunk| chunk.sealed_addresses.as_slice())
        .collect();
    sqlx::query!(
        "INSERT INTO dispatch_chunks (chunk_id, broadcast_id, account_id, team_id, chunk_index,
                                      attempt_id, state, recipients, contact_ids, sealed_addresses)
         SELECT chunk_id, $1, $2, $3, chunk_index, $4, 'staged', octet_length(contact_ids) / 16,
                contact_ids, sealed_addresses
         FROM unnest($5::uuid[], $6::integer[], $7::bytea[], $8::bytea[])
              AS rows (chunk_id, chunk_index, contact_ids, sealed_addresses)",
        attempt.broadcast_id,
        attempt.account_id,
        attempt.team_id,
        attempt.attempt_id,
        &ids,
        &indexes,
        &contacts as &[&[u8]],
        &addresses as &[&[u8]],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn stage_exclusions(
    tx: &mut PgTransaction<'_>,
    attempt: Attempt,
    exclusions: &[StagedExclusion],
) -> sqlx::Result<()> {
    let parts: Vec<i32> = exclusions.iter().map(|exclusion| exclusion.part).collect();
    let reasons: Vec<i32> = exclusions
        .iter()
        .map(|exclusion| exclusion.reason)
        .collect();
    let contacts: Vec<&[u8]> = exclusions
        .iter()
        .map(|exclusion| exclusion.contact_ids.as_slice())
        .collect();
    sqlx::query!(
        "INSERT INTO dispatch_exclusions (broadcast_id, team_id, part, attempt_id, reason, contact_ids)
         SELECT $1, $2, part, $3, reason, contact_ids
         FROM unnest($4::integer[], $5::integer[], $6::bytea[]) AS rows (part, reason, contact_ids)",
        attempt.broadcast_id,
        attempt.team_id,
        attempt.attempt_id,
        &parts,
        &reasons,
        &contacts as &[&[u8]],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(crate) async fn store_content(
    executor: impl PgExecutor<'_>,
    broadcast_id: Uuid,
    messages_json: &str,
    aggregation_unit: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO dispatch_contents (broadcast_id, messages_json, aggregation_unit)
         VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        broadcast_id,
        messages_json,
        aggregation_unit,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// A chunk that is to become an event.
#[derive(Debug)]
pub(crate) struct Unpublished {
    pub(crate) chunk_id: Uuid,
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
        "SELECT chunk_id, chunk_index, contact_ids FROM dispatch_chunks
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

pub(crate) async fn staged_exclusions(
    executor: impl PgExecutor<'_>,
    broadcast_id: Uuid,
) -> sqlx::Result<Vec<StagedExclusion>> {
    sqlx::query_as!(
        StagedExclusion,
        "SELECT part, reason, contact_ids FROM dispatch_exclusions
         WHERE broadcast_id = $1 ORDER BY part",
        broadcast_id,
    )
    .fetch_all(executor)
    .await
}

pub(crate) async fn forget_exclusions(
    executor: impl PgExecutor<'_>,
    broadcast_id: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM dispatch_exclusions WHERE broadcast_id = $1",
        broadcast_id,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Deletes what was needed to send a broadcast that has ended.
pub(crate) async fn forget(pool: &PgPool, broadcast_id: Uuid) -> sqlx::Result<()> {
    let mut tx = pool.begin().await?;
    sqlx::query!(
        "DELETE FROM dispatch_chunks WHERE broadcast_id = $1",
        broadcast_id
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM dispatch_contents WHERE broadcast_id = $1",
        broadcast_id
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}
