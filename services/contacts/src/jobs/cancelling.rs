use sqlx::PgPool;
use uuid::Uuid;

/// Makes whoever works on the job stop, or whoever would begin. What has ended stays as it is.
pub(crate) async fn cancel(pool: &PgPool, team_id: Uuid, job_id: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO job_work AS work (team_id, job_id, cancelled)
         SELECT team_id, job_id, true FROM jobs
         WHERE team_id = $1 AND job_id = $2 AND state IN (1, 2)
         ON CONFLICT (team_id, job_id) DO UPDATE SET cancelled = true",
        team_id,
        job_id,
    )
    .execute(pool)
    .await?;
    Ok(())
}
