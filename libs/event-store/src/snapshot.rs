use event_sourcing::Aggregate;
use sqlx::PgPool;
use uuid::Uuid;

/// How a long-lived aggregate is cached.
///
/// A snapshot is never the only copy: one of another schema version, or that can't be read, is
/// passed over, and the stream is folded from its start.
pub trait SnapshotCodec: Aggregate {
    /// Raised whenever `to_snapshot` or `evolve` changes.
    const SCHEMA_VERSION: i32;

    fn to_snapshot(&self) -> Vec<u8>;

    fn from_snapshot(payload: &[u8]) -> Option<Self>;
}

/// The newest snapshot that can still be read, and the version it is of.
pub(crate) async fn load<A: SnapshotCodec>(
    pool: &PgPool,
    stream_id: Uuid,
) -> Result<Option<(A, i64)>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT version, payload FROM log_snapshots WHERE stream_id = $1 AND schema_version = $2",
        stream_id,
        A::SCHEMA_VERSION,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.and_then(|row| Some((A::from_snapshot(&row.payload)?, row.version))))
}

pub(crate) async fn save<A: SnapshotCodec>(
    pool: &PgPool,
    stream_id: Uuid,
    state: &A,
    version: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO log_snapshots (stream_id, version, schema_version, payload)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (stream_id) DO UPDATE
         SET version = excluded.version, schema_version = excluded.schema_version,
             payload = excluded.payload
         WHERE log_snapshots.version < excluded.version
            OR log_snapshots.schema_version <> excluded.schema_version",
        stream_id,
        version,
        A::SCHEMA_VERSION,
        state.to_snapshot(),
    )
    .execute(pool)
    .await?;
    Ok(())
}
