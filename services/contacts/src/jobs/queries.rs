use chrono::{DateTime, Utc};
use events::{from_timestamp, to_timestamp};
use proto::contacts::v1::Job;
use sqlx::PgPool;
use uuid::Uuid;

/// The last job of the page before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JobCursor {
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) job_id: Uuid,
}

/// A job, and the token of what it has changed so far.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ShownJob {
    pub(crate) job: Job,
    pub(crate) consistency_token: String,
}

struct JobRow {
    job_id: Uuid,
    account_id: Uuid,
    kind: i32,
    state: i32,
    total: Option<i64>,
    processed: i64,
    refused: i64,
    changed: i64,
    dry_run: bool,
    message: String,
    actor: String,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    consistency_token: String,
}

pub(crate) async fn find_job(
    pool: &PgPool,
    team_id: Uuid,
    job_id: Uuid,
) -> sqlx::Result<Option<ShownJob>> {
    let row = sqlx::query_as!(
        JobRow,
        r#"SELECT jobs.job_id, account_id, kind, state, total,
                  coalesce(jobs.processed, work.processed, 0) AS "processed!",
                  coalesce(jobs.refused, work.refused, 0) AS "refused!",
                  coalesce(jobs.changed, work.added + work.updated, 0) AS "changed!",
                  dry_run, message, actor, started_at, ended_at,
                  coalesce(consistency_token, '') AS "consistency_token!"
           FROM jobs LEFT JOIN job_work work USING (team_id, job_id)
           WHERE jobs.team_id = $1 AND jobs.job_id = $2"#,
        team_id,
        job_id,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(ShownJob::from))
}

/// A team's jobs, the latest first.
pub(crate) async fn list_jobs(
    pool: &PgPool,
    team_id: Uuid,
    before: Option<JobCursor>,
    count: i64,
) -> sqlx::Result<Vec<ShownJob>> {
    let (started_at, job_id) = before.map_or((None, None), |before| {
        (Some(before.started_at), Some(before.job_id))
    });
    let rows = sqlx::query_as!(
        JobRow,
        r#"SELECT jobs.job_id, account_id, kind, state, total,
                  coalesce(jobs.processed, work.processed, 0) AS "processed!",
                  coalesce(jobs.refused, work.refused, 0) AS "refused!",
                  coalesce(jobs.changed, work.added + work.updated, 0) AS "changed!",
                  dry_run, message, actor, started_at, ended_at,
                  coalesce(consistency_token, '') AS "consistency_token!"
           FROM jobs LEFT JOIN job_work work USING (team_id, job_id)
           WHERE jobs.team_id = $1
             AND ($2::timestamptz IS NULL OR (started_at, jobs.job_id) < ($2, $3::uuid))
           ORDER BY started_at DESC, jobs.job_id DESC LIMIT $4"#,
        team_id,
        started_at,
        job_id,
        count,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(ShownJob::from).collect())
}

impl ShownJob {
    pub(crate) fn cursor(&self) -> JobCursor {
        let started_at = from_timestamp(self.job.started_at.as_ref());
        JobCursor {
            started_at: started_at.unwrap_or_default(),
            job_id: self.job.job_id.parse().unwrap_or_default(),
        }
    }
}

impl From<JobRow> for ShownJob {
    fn from(row: JobRow) -> Self {
        Self {
            job: Job {
                job_id: row.job_id.to_string(),
                account_id: row.account_id.to_string(),
                kind: row.kind,
                state: row.state,
                total: row.total,
                processed: row.processed,
                refused: row.refused,
                changed: row.changed,
                dry_run: row.dry_run,
                message: row.message,
                started_at: Some(to_timestamp(row.started_at)),
                ended_at: row.ended_at.map(to_timestamp),
                actor: row.actor,
            },
            consistency_token: row.consistency_token,
        }
    }
}
