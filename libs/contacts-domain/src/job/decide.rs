use chrono::{DateTime, Utc};
use events::{
    JobEvent,
    contact::{JobEnded, JobFrozen, JobOutcome},
    to_bytes, to_timestamp,
};

use super::{
    FrozenJob, Job, JobAction, JobPlan,
    command::{JobCommand, JobError, JobResult},
};

pub(super) fn decide(job: &Job, command: JobCommand) -> Result<Vec<JobEvent>, JobError> {
    match (job, command) {
        (Job::Absent, JobCommand::Start(plan)) => Ok(vec![JobEvent::Started(plan.to_started())]),
        (
            Job::Preparing(plan) | Job::Running { plan, .. } | Job::Ended { plan, .. },
            JobCommand::Start(again),
        ) => {
            if plan.request_digest == again.request_digest {
                Ok(Vec::new())
            } else {
                Err(JobError::OtherRequest)
            }
        }
        (Job::Absent, JobCommand::Freeze { .. } | JobCommand::End { .. }) => {
            Err(JobError::NotFound)
        }
        (Job::Preparing(plan), JobCommand::Freeze { frozen, now }) => freeze(plan, frozen, now),
        // What was stored first is whom it is for, and whoever asks read the same.
        (Job::Running { .. }, JobCommand::Freeze { .. }) => Ok(Vec::new()),
        (Job::Ended { .. }, JobCommand::Freeze { .. }) => Err(JobError::Ended),
        (Job::Preparing(plan) | Job::Running { plan, .. }, JobCommand::End { result, now }) => {
            Ok(vec![ended(plan, result, now)])
        }
        (Job::Ended { outcome, .. }, JobCommand::End { result, .. }) => {
            if *outcome == result.outcome {
                Ok(Vec::new())
            } else {
                Err(JobError::Ended)
            }
        }
    }
}

fn freeze(
    plan: &JobPlan,
    frozen: FrozenJob,
    now: DateTime<Utc>,
) -> Result<Vec<JobEvent>, JobError> {
    if let JobAction::Import { .. } = plan.action {
        return Err(JobError::Import);
    }
    if let Some(message) = plan.objection(frozen.contacts) {
        let result = JobResult {
            outcome: JobOutcome::Failed,
            processed: 0,
            changed: 0,
            refused: 0,
            message,
        };
        return Ok(vec![ended(plan, result, now)]);
    }
    Ok(vec![JobEvent::Frozen(JobFrozen {
        job_id: to_bytes(plan.job_id),
        contacts: frozen.contacts,
        chunk_count: frozen.chunk_count,
    })])
}

fn ended(plan: &JobPlan, result: JobResult, now: DateTime<Utc>) -> JobEvent {
    JobEvent::Ended(JobEnded {
        job_id: to_bytes(plan.job_id),
        outcome: result.outcome.into(),
        processed: result.processed,
        changed: result.changed,
        refused: result.refused,
        message: result.message,
        ended_at: Some(to_timestamp(now)),
    })
}
