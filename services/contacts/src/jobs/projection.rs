use chrono::{DateTime, Utc};
use event_store::LoggedEvent;
use events::{
    JobEvent,
    contact::{JobEnded, JobFrozen, JobOutcome, JobStarted, job_started::Action},
    from_timestamp, id,
};
use prost::Message as _;
use proto::{
    contacts::v1::{JobKind, JobState},
    log::v1::EventMetadata,
};
use sqlx::PgTransaction;

/// What happened to a job. Rare enough to be statements of their own.
pub(crate) async fn apply(
    tx: &mut PgTransaction<'_>,
    logged: &LoggedEvent,
    event: &JobEvent,
) -> sqlx::Result<()> {
    match event {
        JobEvent::Started(started) => insert(tx, logged, started).await,
        JobEvent::Frozen(frozen) => freeze(tx, logged, frozen).await,
        JobEvent::Ended(ended) => end(tx, logged, ended).await,
    }
}

async fn insert(
    tx: &mut PgTransaction<'_>,
    logged: &LoggedEvent,
    started: &JobStarted,
) -> sqlx::Result<()> {
    let (kind, state) = match started.action {
        Some(Action::Import(_)) | None => (JobKind::Import, JobState::Running),
        Some(Action::Tag(_)) => (JobKind::Tag, JobState::Preparing),
        Some(Action::Consent(_)) => (JobKind::Consent, JobState::Preparing),
        Some(Action::Erase(_)) => (JobKind::Delete, JobState::Preparing),
    };
    let dry_run = matches!(&started.action, Some(Action::Import(import)) if import.dry_run);
    let metadata = EventMetadata::decode(logged.metadata.as_slice()).unwrap_or_default();
    sqlx::query!(
        "INSERT INTO jobs (team_id, job_id, account_id, kind, state, actor, started_at, dry_run)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        logged.team_id,
        id(&started.job_id),
        id(&started.account_id),
        i32::from(kind),
        i32::from(state),
        metadata.actor,
        from_timestamp(started.started_at.as_ref()).unwrap_or_default(),
        dry_run,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn freeze(
    tx: &mut PgTransaction<'_>,
    logged: &LoggedEvent,
    frozen: &JobFrozen,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE jobs SET state = $3, total = $4 WHERE team_id = $1 AND job_id = $2",
        logged.team_id,
        id(&frozen.job_id),
        i32::from(JobState::Running),
        frozen.contacts,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn end(
    tx: &mut PgTransaction<'_>,
    logged: &LoggedEvent,
    ended: &JobEnded,
) -> sqlx::Result<()> {
    let state = match ended.outcome() {
        JobOutcome::Done => JobState::Done,
        JobOutcome::Cancelled => JobState::Cancelled,
        JobOutcome::Failed | JobOutcome::Unspecified => JobState::Failed,
    };
    // Of a file it is known at its end how many rows it has.
    let total = (state == JobState::Done).then_some(ended.processed);
    let ended_at: Option<DateTime<Utc>> = from_timestamp(ended.ended_at.as_ref());
    sqlx::query!(
        "UPDATE jobs SET state = $3, processed = $4, refused = $5, message = $6, ended_at = $7,
                         total = coalesce(total, $8), changed = $9
         WHERE team_id = $1 AND job_id = $2",
        logged.team_id,
        id(&ended.job_id),
        i32::from(state),
        ended.processed,
        ended.refused,
        ended.message,
        ended_at,
        total,
        ended.changed,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
