//! What channels told of messages, and is not in the log yet.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, postgres::types::PgInterval};
use uuid::Uuid;

/// Of one chunk in one go.
const TOLD_MAX: i64 = 5_000;

/// A chunk of which something was told.
#[derive(Debug)]
pub(crate) struct ToldChunk {
    pub(crate) chunk_id: Uuid,
    /// Whose webhook told it.
    pub(crate) team_id: Uuid,
}

/// What was told of one person.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) told_id: i64,
    pub(crate) place: u32,
    pub(crate) channel: i32,
    pub(crate) kind: i32,
    pub(crate) code: String,
    pub(crate) occurred_at: DateTime<Utc>,
}

/// What was told first comes first.
pub(crate) async fn chunks(
    executor: impl PgExecutor<'_>,
    limit: i64,
) -> sqlx::Result<Vec<ToldChunk>> {
    sqlx::query_as!(
        ToldChunk,
        r#"SELECT chunk_id AS "chunk_id!", team_id FROM told_progress
           WHERE chunk_id IS NOT NULL AND due_at <= clock_timestamp()
           GROUP BY chunk_id, team_id
           ORDER BY min(told_id)
           LIMIT $1"#,
        limit,
    )
    .fetch_all(executor)
    .await
}

pub(crate) async fn of_chunk(
    executor: impl PgExecutor<'_>,
    chunk: &ToldChunk,
) -> anyhow::Result<Vec<Told>> {
    let rows = sqlx::query!(
        r#"SELECT told_id, place AS "place!", channel, kind, code, occurred_at FROM told_progress
           WHERE chunk_id = $1 AND team_id = $2 AND due_at <= clock_timestamp()
           ORDER BY told_id
           LIMIT $3"#,
        chunk.chunk_id,
        chunk.team_id,
        TOLD_MAX,
    )
    .fetch_all(executor)
    .await?;
    let told = rows.into_iter().map(|row| {
        Ok(Told {
            told_id: row.told_id,
            place: u32::try_from(row.place)?,
            channel: row.channel,
            kind: row.kind,
            code: row.code,
            occurred_at: row.occurred_at,
        })
    });
    told.collect()
}

pub(crate) async fn forget(executor: impl PgExecutor<'_>, told_ids: &[i64]) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM told_progress WHERE told_id = ANY($1)",
        told_ids
    )
    .execute(executor)
    .await?;
    Ok(())
}

pub(crate) async fn put_off(
    executor: impl PgExecutor<'_>,
    told_ids: &[i64],
    wait: Duration,
) -> sqlx::Result<()> {
    let wait = PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(wait.as_micros()).unwrap_or(i64::MAX),
    };
    sqlx::query!(
        "UPDATE told_progress SET due_at = clock_timestamp() + $2 WHERE told_id = ANY($1)",
        told_ids,
        wait,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Channels tell of a message for a week at most, and of a message that was read late for a while longer.
pub(crate) async fn forget_old(executor: impl PgExecutor<'_> + Copy) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM told_progress WHERE told_at < now() - interval '8 days'")
        .execute(executor)
        .await?;
    sqlx::query!("DELETE FROM message_places WHERE told_at < now() - interval '40 days'")
        .execute(executor)
        .await?;
    sqlx::query!("DELETE FROM told_people WHERE told_at < now() - interval '40 days'")
        .execute(executor)
        .await?;
    Ok(())
}
