use events::broadcasts::AudienceFrozen;
use prost::Message as _;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use super::attempt::delete_staged;

/// The audience that was staged whole, and is not all in events yet.
pub(crate) async fn find_whole(
    executor: impl PgExecutor<'_>,
    broadcast_id: Uuid,
) -> anyhow::Result<Option<AudienceFrozen>> {
    let frozen = sqlx::query_scalar!(
        r#"SELECT frozen AS "frozen!" FROM dispatch_audiences
           WHERE broadcast_id = $1 AND frozen IS NOT NULL AND NOT published"#,
        broadcast_id,
    )
    .fetch_optional(executor)
    .await?;
    let frozen = frozen.map(|frozen| AudienceFrozen::decode(frozen.as_slice()));
    Ok(frozen.transpose()?)
}

pub(crate) async fn mark_published(
    executor: impl PgExecutor<'_>,
    broadcast_id: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE dispatch_audiences SET published = true WHERE broadcast_id = $1",
        broadcast_id,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// What everyone gets.
#[derive(Debug)]
pub(crate) struct Content<'a> {
    pub(crate) messages_json: &'a str,
    pub(crate) aggregation_unit: &'a str,
    pub(crate) personal_links: bool,
}

pub(crate) async fn store_content(
    executor: impl PgExecutor<'_>,
    broadcast_id: Uuid,
    content: &Content<'_>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO dispatch_contents (broadcast_id, messages_json, aggregation_unit, personal_links)
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        broadcast_id,
        content.messages_json,
        content.aggregation_unit,
        content.personal_links,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Throws away what was staged for a broadcast that goes on without it: this audience, or one that was
/// not staged whole. What another process has made of it meanwhile stays.
pub(crate) async fn discard(
    pool: &PgPool,
    broadcast_id: Uuid,
    whole: Option<&AudienceFrozen>,
) -> sqlx::Result<()> {
    let mut tx = pool.begin().await?;
    let discarded = sqlx::query!(
        "DELETE FROM dispatch_audiences
         WHERE broadcast_id = $1 AND frozen IS NOT DISTINCT FROM $2 AND NOT published",
        broadcast_id,
        whole.map(AudienceFrozen::encode_to_vec),
    )
    .execute(&mut *tx)
    .await?;
    if discarded.rows_affected() == 1 {
        delete_staged(&mut tx, broadcast_id).await?;
    }
    tx.commit().await
}

/// Deletes what was needed to send a broadcast that has ended.
pub(crate) async fn forget(pool: &PgPool, broadcast_id: Uuid) -> sqlx::Result<()> {
    let mut tx = pool.begin().await?;
    sqlx::query!(
        "DELETE FROM dispatch_audiences WHERE broadcast_id = $1",
        broadcast_id
    )
    .execute(&mut *tx)
    .await?;
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
