use sqlx::PgPool;

use crate::OpenError;

/// How a log is made when its database has none yet.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// "contacts", "broadcasts" or "ingress". Stored, so never renamed.
    pub name: &'static str,
    /// For a new log only: 4 on a laptop, 16 in production. An existing log keeps its own.
    pub partitions: i16,
}

/// What a log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogMeta {
    pub name: String,
    pub partitions: i16,
    pub generation: i64,
}

/// Reads the log's description, and makes the log if there is none.
pub(crate) async fn open(pool: &PgPool, config: &LogConfig) -> Result<LogMeta, OpenError> {
    let mut tx = pool.begin().await?;
    sqlx::query!(
        "INSERT INTO log_meta (name, partitions) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        config.name,
        config.partitions,
    )
    .execute(&mut *tx)
    .await?;
    let meta = sqlx::query_as!(LogMeta, "SELECT name, partitions, generation FROM log_meta",)
        .fetch_one(&mut *tx)
        .await?;
    sqlx::query!(
        "INSERT INTO log_heads (partition)
         SELECT generate_series(0, $1 - 1)::smallint ON CONFLICT DO NOTHING",
        i32::from(meta.partitions),
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    if meta.name != config.name {
        return Err(OpenError::OtherLog {
            wanted: config.name.to_owned(),
            found: meta.name,
        });
    }
    Ok(meta)
}
