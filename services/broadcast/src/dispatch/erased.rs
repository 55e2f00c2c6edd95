//! People who were deleted while a message to them was on its way out.
//!
//! Contacts are deleted by one process and audiences staged by another, at any time. Whichever comes
//! second sees what the first has done: both take a lock that they can't hold at the same time.

use std::collections::{BTreeMap, HashSet};

use futures_util::TryStreamExt as _;
use sqlx::{PgPool, PgTransaction};
use uuid::Uuid;

use super::StagedChunk;

/// Of advisory locks in this database.
const ERASURES_LOCK: i64 = 0x6572_6173_7572_6573;

/// Notes that these contacts were deleted, and marks the chunks that have their addresses.
pub(crate) async fn mark_erased(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    contact_ids: &[Uuid],
) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", ERASURES_LOCK)
        .execute(&mut **tx)
        .await?;
    sqlx::query!(
        "INSERT INTO erased_contacts (contact_id, team_id)
         SELECT contact_id, $1 FROM unnest($2::uuid[]) AS gone (contact_id) ON CONFLICT DO NOTHING",
        team_id,
        contact_ids,
    )
    .execute(&mut **tx)
    .await?;
    let gone: HashSet<Uuid> = contact_ids.iter().copied().collect();
    let mut marked = BTreeMap::new();
    // Everyone of the team who waits to be sent to, a row at a time.
    let mut chunks = sqlx::query!(
        "SELECT chunk_id, contact_ids FROM dispatch_chunks
         WHERE team_id = $1 AND sealed_addresses IS NOT NULL",
        team_id,
    )
    .fetch(&mut **tx);
    while let Some(chunk) = chunks.try_next().await? {
        let erased = among(&chunk.contact_ids, &gone);
        if !erased.is_empty() {
            marked.insert(chunk.chunk_id, erased);
        }
    }
    drop(chunks);
    mark(tx, marked).await
}

/// The caller begins to stage: from now on until its end, no erasure is noted.
pub(super) async fn hold_erasures(tx: &mut PgTransaction<'_>) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock_shared($1)", ERASURES_LOCK)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Marks those of the staged chunks that name people who were deleted after the audience was resolved.
pub(super) async fn mark_staged(
    tx: &mut PgTransaction<'_>,
    chunks: &[StagedChunk],
) -> sqlx::Result<()> {
    let contact_ids: Vec<Uuid> = chunks
        .iter()
        .flat_map(|chunk| events::ids(&chunk.contact_ids))
        .collect();
    let gone = sqlx::query_scalar!(
        "SELECT contact_id FROM erased_contacts WHERE contact_id = ANY($1)",
        &contact_ids,
    )
    .fetch_all(&mut **tx)
    .await?;
    if gone.is_empty() {
        return Ok(());
    }
    let gone: HashSet<Uuid> = gone.into_iter().collect();
    let marked = chunks
        .iter()
        .map(|chunk| (chunk.chunk_id, among(&chunk.contact_ids, &gone)))
        .filter(|(_, erased)| !erased.is_empty());
    mark(tx, marked.collect()).await
}

fn among(contact_ids: &[u8], gone: &HashSet<Uuid>) -> Vec<u8> {
    events::join_ids(events::ids(contact_ids).filter(|contact_id| gone.contains(contact_id)))
}

async fn mark(tx: &mut PgTransaction<'_>, marked: BTreeMap<Uuid, Vec<u8>>) -> sqlx::Result<()> {
    let (chunk_ids, erased): (Vec<Uuid>, Vec<Vec<u8>>) = marked.into_iter().unzip();
    sqlx::query!(
        "UPDATE dispatch_chunks chunk SET erased = chunk.erased || marked.erased
         FROM unnest($1::uuid[], $2::bytea[]) AS marked (chunk_id, erased)
         WHERE chunk.chunk_id = marked.chunk_id AND chunk.sealed_addresses IS NOT NULL",
        &chunk_ids,
        &erased,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A chunk that has the address of somebody who was deleted.
#[derive(Debug)]
pub(crate) struct Marked {
    pub(crate) chunk_id: Uuid,
    pub(crate) broadcast_id: Uuid,
    pub(crate) team_id: Uuid,
    pub(crate) contact_ids: Vec<u8>,
    /// 16 bytes each.
    pub(crate) erased: Vec<u8>,
    pub(crate) sealed_addresses: Option<Vec<u8>>,
}

pub(crate) async fn marked_chunks(pool: &PgPool, limit: i64) -> sqlx::Result<Vec<Marked>> {
    sqlx::query_as!(
        Marked,
        "SELECT chunk_id, broadcast_id, team_id, contact_ids, erased, sealed_addresses
         FROM dispatch_chunks WHERE erased <> '' AND state <> 'staged' ORDER BY random() LIMIT $1",
        limit,
    )
    .fetch_all(pool)
    .await
}

/// Takes the place of the chunk's addresses, unless more were marked meanwhile.
pub(crate) async fn rewrite(
    pool: &PgPool,
    marked: &Marked,
    sealed_addresses: Option<&[u8]>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE dispatch_chunks SET erased = '', sealed_addresses = $3
         WHERE chunk_id = $1 AND erased = $2 AND sealed_addresses IS NOT NULL",
        marked.chunk_id,
        marked.erased,
        sealed_addresses,
    )
    .execute(pool)
    .await?;
    sqlx::query!(
        "UPDATE dispatch_chunks SET erased = '' WHERE chunk_id = $1 AND sealed_addresses IS NULL",
        marked.chunk_id,
    )
    .execute(pool)
    .await?;
    Ok(())
}
