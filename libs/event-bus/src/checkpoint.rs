use event_store::LoggedEvent;
use sqlx::{PgExecutor, PgPool};

/// A consumer's place in one partition of a log.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoint {
    pub(crate) consumer: &'static str,
    pub(crate) log: &'static str,
    pub(crate) partition: i16,
}

/// What an operator decided about an event that can't be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resolution {
    Retry,
    Skip,
}

impl Checkpoint {
    /// Where the consumer is; at the start if it is new.
    pub(crate) async fn load(&self, pool: &PgPool) -> sqlx::Result<i64> {
        sqlx::query!(
            "INSERT INTO checkpoints (consumer, log, partition) VALUES ($1, $2, $3)
             ON CONFLICT DO NOTHING",
            self.consumer,
            self.log,
            self.partition,
        )
        .execute(pool)
        .await?;
        sqlx::query_scalar!(
            "SELECT position FROM checkpoints WHERE consumer = $1 AND log = $2 AND partition = $3",
            self.consumer,
            self.log,
            self.partition,
        )
        .fetch_one(pool)
        .await
    }

    /// Moves from `from` to `to`. False: another process has moved it.
    pub(crate) async fn advance(
        &self,
        executor: impl PgExecutor<'_>,
        from: i64,
        to: i64,
    ) -> sqlx::Result<bool> {
        let moved = sqlx::query!(
            "UPDATE checkpoints
             SET position = $5, stopped_at = NULL, stop_event_type = NULL, stop_error = NULL,
                 resolution = NULL
             WHERE consumer = $1 AND log = $2 AND partition = $3 AND position = $4",
            self.consumer,
            self.log,
            self.partition,
            from,
            to,
        )
        .execute(executor)
        .await?;
        Ok(moved.rows_affected() == 1)
    }

    /// Says that the event after `position` can't be applied.
    pub(crate) async fn stop(
        &self,
        pool: &PgPool,
        position: i64,
        event_type: &str,
        error: &str,
    ) -> sqlx::Result<()> {
        sqlx::query!(
            "UPDATE checkpoints
             SET stopped_at = COALESCE(stopped_at, now()), stop_event_type = $5, stop_error = $6,
                 resolution = NULL
             WHERE consumer = $1 AND log = $2 AND partition = $3 AND position = $4",
            self.consumer,
            self.log,
            self.partition,
            position,
            event_type,
            error,
        )
        .execute(pool)
        .await?;
        Ok(())
    }

    /// What was decided about the stop at `position`. Moved on meanwhile: try again from there.
    pub(crate) async fn resolution(
        &self,
        pool: &PgPool,
        position: i64,
    ) -> sqlx::Result<Option<Resolution>> {
        let row = sqlx::query!(
            "SELECT position, resolution FROM checkpoints
             WHERE consumer = $1 AND log = $2 AND partition = $3",
            self.consumer,
            self.log,
            self.partition,
        )
        .fetch_one(pool)
        .await?;
        if row.position != position {
            return Ok(Some(Resolution::Retry));
        }
        Ok(match row.resolution.as_deref() {
            Some("skip") => Some(Resolution::Skip),
            Some(_) => Some(Resolution::Retry),
            None => None,
        })
    }

    /// Leaves `event` out, on record.
    pub(crate) async fn skip(
        &self,
        pool: &PgPool,
        event: &LoggedEvent,
        error: &str,
    ) -> sqlx::Result<bool> {
        let mut tx = pool.begin().await?;
        let position = event.at.position;
        if !self.advance(&mut *tx, position - 1, position).await? {
            return Ok(false);
        }
        sqlx::query!(
            "INSERT INTO dead_letters
                 (consumer, log, partition, position, event_id, event_type, error)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT DO NOTHING",
            self.consumer,
            self.log,
            self.partition,
            position,
            event.event_id,
            event.event_type,
            error,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }
}
