use std::time::Duration;

use anyhow::ensure;
use contacts_domain::FrozenJob;
use proto::contacts::v1::JobKind;
use sqlx::{PgPool, PgTransaction};
use tokio::time::sleep;
use uuid::Uuid;

/// How long a job stays with a worker that does not renew it, because it died.
const HELD_FOR: Duration = Duration::from_secs(15);
const RENEW_AFTER: Duration = Duration::from_secs(5);
/// A job whose work failed is left alone for a while.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A job that this worker holds, until another does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) team_id: Uuid,
    pub(crate) job_id: Uuid,
    holder: Uuid,
}

/// How far a job is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holding {
    pub(crate) cancelled: bool,
    /// Everyone that it is for is stored.
    pub(crate) frozen: Option<FrozenJob>,
    pub(crate) next_chunk: i32,
    pub(crate) processed: i64,
    pub(crate) added: i64,
    pub(crate) updated: i64,
    pub(crate) unchanged: i64,
    pub(crate) refused: i64,
    pub(crate) file_digest: Option<Vec<u8>>,
    pub(crate) consistency_token: String,
}

/// Another worker has the job now, or somebody wants it to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    TakenOver,
    Cancelled,
}

#[derive(Debug)]
pub(super) struct FreeJob {
    pub(super) team_id: Uuid,
    pub(super) job_id: Uuid,
    /// Who started it.
    pub(super) actor: String,
}

/// A job that somebody should work on: one that runs by itself, or an import that was cancelled while
/// nobody sent its file. The one that was left alone for longest, so that none keeps the others waiting.
pub(super) async fn find_free(pool: &PgPool) -> sqlx::Result<Option<FreeJob>> {
    sqlx::query_as!(
        FreeJob,
        "SELECT jobs.team_id, jobs.job_id, actor
         FROM jobs LEFT JOIN job_work USING (team_id, job_id)
         WHERE state IN (1, 2) AND (kind <> $1 OR cancelled)
           AND (held_until IS NULL OR held_until < clock_timestamp())
         ORDER BY held_until NULLS FIRST, started_at LIMIT 1",
        i32::from(JobKind::Import),
    )
    .fetch_optional(pool)
    .await
}

impl Held {
    /// `None`: somebody else holds it.
    pub(super) async fn take(
        pool: &PgPool,
        team_id: Uuid,
        job_id: Uuid,
    ) -> sqlx::Result<Option<(Self, Holding)>> {
        Self::take_if(pool, team_id, job_id, false).await
    }

    /// Takes it from whoever holds it.
    pub(crate) async fn take_over(
        pool: &PgPool,
        team_id: Uuid,
        job_id: Uuid,
    ) -> sqlx::Result<Option<(Self, Holding)>> {
        Self::take_if(pool, team_id, job_id, true).await
    }

    async fn take_if(
        pool: &PgPool,
        team_id: Uuid,
        job_id: Uuid,
        held_too: bool,
    ) -> sqlx::Result<Option<(Self, Holding)>> {
        let holder = Uuid::new_v4();
        let row = sqlx::query!(
            "INSERT INTO job_work AS work (team_id, job_id, holder, held_until)
             VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4))
             ON CONFLICT (team_id, job_id) DO UPDATE
             SET holder = excluded.holder, held_until = excluded.held_until
             WHERE $5 OR work.held_until IS NULL OR work.held_until < clock_timestamp()
             RETURNING cancelled, contacts, chunk_count, next_chunk, processed, added, updated, unchanged,
                       refused, file_digest, consistency_token",
            team_id,
            job_id,
            holder,
            HELD_FOR.as_secs_f64(),
            held_too,
        )
        .fetch_optional(pool)
        .await?;
        Ok(row.map(|row| {
            let frozen = row.contacts.zip(row.chunk_count);
            let holding = Holding {
                cancelled: row.cancelled,
                frozen: frozen.map(|(contacts, chunk_count)| FrozenJob {
                    contacts,
                    chunk_count: chunk_count.unsigned_abs(),
                }),
                next_chunk: row.next_chunk,
                processed: row.processed,
                added: row.added,
                updated: row.updated,
                unchanged: row.unchanged,
                refused: row.refused,
                file_digest: row.file_digest,
                consistency_token: row.consistency_token,
            };
            let held = Self {
                team_id,
                job_id,
                holder,
            };
            (held, holding)
        }))
    }

    /// Keeps the job, and returns when it is lost.
    pub(super) async fn keep(self, pool: &PgPool) -> anyhow::Result<()> {
        loop {
            sleep(RENEW_AFTER).await;
            let renewed = self.hold_for(pool, HELD_FOR).await?;
            ensure!(renewed, "another worker has taken over");
        }
    }

    /// Somebody else may have it at once.
    pub(crate) async fn release(self, pool: &PgPool) -> sqlx::Result<()> {
        self.hold_for(pool, Duration::ZERO).await.map(drop)
    }

    /// Whoever has it next begins after a pause.
    pub(super) async fn pause(self, pool: &PgPool) -> sqlx::Result<()> {
        self.hold_for(pool, RETRY_AFTER).await.map(drop)
    }

    async fn hold_for(self, pool: &PgPool, time: Duration) -> sqlx::Result<bool> {
        let held = sqlx::query!(
            "UPDATE job_work SET held_until = clock_timestamp() + make_interval(secs => $4)
             WHERE team_id = $1 AND job_id = $2 AND holder = $3",
            self.team_id,
            self.job_id,
            self.holder,
            time.as_secs_f64(),
        )
        .execute(pool)
        .await?;
        Ok(held.rows_affected() == 1)
    }

    /// Holds the row until `tx` ends, so that nobody takes over meanwhile.
    pub(super) async fn fence(self, tx: &mut PgTransaction<'_>) -> sqlx::Result<Result<(), Stop>> {
        let row = sqlx::query!(
            "SELECT cancelled FROM job_work
             WHERE team_id = $1 AND job_id = $2 AND holder = $3 FOR UPDATE",
            self.team_id,
            self.job_id,
            self.holder,
        )
        .fetch_optional(&mut **tx)
        .await?;
        Ok(match row {
            None => Err(Stop::TakenOver),
            Some(row) if row.cancelled => Err(Stop::Cancelled),
            Some(_) => Ok(()),
        })
    }

    /// Whether somebody wants the job to stop, whoever holds it.
    pub(crate) async fn is_cancelled(self, pool: &PgPool) -> sqlx::Result<bool> {
        let cancelled = sqlx::query_scalar!(
            "SELECT cancelled FROM job_work WHERE team_id = $1 AND job_id = $2",
            self.team_id,
            self.job_id,
        );
        Ok(cancelled.fetch_optional(pool).await?.unwrap_or_default())
    }

    /// Says how far an import is.
    pub(crate) async fn checkpoint(
        self,
        pool: &PgPool,
        now: &Holding,
    ) -> sqlx::Result<Result<(), Stop>> {
        let row = sqlx::query!(
            "UPDATE job_work
             SET held_until = clock_timestamp() + make_interval(secs => $4), processed = $5, added = $6,
                 updated = $7, unchanged = $8, refused = $9, file_digest = $10, consistency_token = $11
             WHERE team_id = $1 AND job_id = $2 AND holder = $3
             RETURNING cancelled",
            self.team_id,
            self.job_id,
            self.holder,
            HELD_FOR.as_secs_f64(),
            now.processed,
            now.added,
            now.updated,
            now.unchanged,
            now.refused,
            now.file_digest,
            now.consistency_token,
        )
        .fetch_optional(pool)
        .await?;
        Ok(match row {
            None => Err(Stop::TakenOver),
            Some(row) if row.cancelled => Err(Stop::Cancelled),
            Some(_) => Ok(()),
        })
    }
}
