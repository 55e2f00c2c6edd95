use anyhow::Context as _;
use chrono::{DateTime, Utc};
use contacts_domain::{Job, JobCommand, JobError, JobResult, job_stream_id};
use event_store::{CommandContext, EventStore, ExecuteError, Executed, LogPosition};
use tracing::info;

use super::holding::Held;
use crate::metadata;

/// Who does it, for the log. Who wanted it is with `JobStarted`.
pub(super) const ACTOR: &str = "service:contacts";

/// Appends how a job ended; `None`: it had ended before.
pub(crate) async fn end(
    store: &EventStore,
    held: Held,
    result: JobResult,
    now: DateTime<Utc>,
) -> anyhow::Result<Option<LogPosition>> {
    let (outcome, processed) = (result.outcome, result.processed);
    match execute(store, held, JobCommand::End { result, now }).await {
        Ok(executed) => {
            info!(job.id = %held.job_id, ?outcome, processed, "a job has ended");
            Ok(executed.at)
        }
        Err(ExecuteError::Refused(JobError::Ended)) => Ok(None),
        Err(error) => Err(error).context("cannot end"),
    }
}

pub(super) async fn execute(
    store: &EventStore,
    held: Held,
    command: JobCommand,
) -> Result<Executed, ExecuteError<JobError>> {
    let context = CommandContext {
        team_id: held.team_id,
        request_id: None,
        metadata: metadata::of_command(ACTOR, held.job_id),
    };
    let stream_id = job_stream_id(held.team_id, held.job_id);
    store.execute::<Job>(&context, stream_id, command).await
}
