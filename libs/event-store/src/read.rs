use sqlx::PgExecutor;

use crate::{LogPosition, LoggedEvent};

/// A page is cut after this many bytes of payload; one larger event still makes a page.
const PAGE_BYTES_MAX: i64 = 4 * 1024 * 1024;

/// Reads a partition after `after`, in order: at most `limit` events and about 4 MiB.
pub async fn read_log(
    executor: impl PgExecutor<'_>,
    after: LogPosition,
    limit: i64,
) -> Result<Vec<LoggedEvent>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT position, stream_id, version, event_id, event_type, category, team_id, recorded_at,
               payload, metadata
        FROM (
            SELECT position, stream_id, version, event_id, event_type, category, team_id,
                   recorded_at, payload, metadata,
                   sum(octet_length(payload)) OVER (ORDER BY position) - octet_length(payload) AS bytes_before
            FROM (
                SELECT position, stream_id, version, event_id, event_type, category, team_id,
                       recorded_at, payload, metadata
                FROM log_events
                WHERE partition = $1 AND position > $2
                ORDER BY position
                LIMIT $3
            ) AS rows
        ) AS page
        WHERE bytes_before < $4
        ORDER BY position
        "#,
        after.partition,
        after.position,
        limit,
        PAGE_BYTES_MAX,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| LoggedEvent {
            at: LogPosition {
                partition: after.partition,
                position: row.position,
            },
            stream_id: row.stream_id,
            version: row.version,
            event_id: row.event_id,
            event_type: row.event_type,
            category: row.category,
            team_id: row.team_id,
            recorded_at: row.recorded_at,
            payload: row.payload,
            metadata: row.metadata,
        })
        .collect())
}

/// The last position of a partition; 0 if it is empty.
pub async fn read_head(executor: impl PgExecutor<'_>, partition: i16) -> Result<i64, sqlx::Error> {
    let head = sqlx::query_scalar!(
        "SELECT position FROM log_heads WHERE partition = $1",
        partition,
    )
    .fetch_optional(executor)
    .await?;
    Ok(head.unwrap_or_default())
}

/// The last position of every partition, in the order of the partitions.
pub async fn read_heads(executor: impl PgExecutor<'_>) -> Result<Vec<LogPosition>, sqlx::Error> {
    sqlx::query_as!(
        LogPosition,
        "SELECT partition, position FROM log_heads ORDER BY partition",
    )
    .fetch_all(executor)
    .await
}
