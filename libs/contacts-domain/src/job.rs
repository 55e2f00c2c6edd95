use chrono::{DateTime, Utc};
use events::{JobEvent, contact::JobOutcome};

pub use self::{
    action::JobAction,
    command::{JobCommand, JobError, JobResult},
    plan::{JobPlan, chunk_request_id, job_stream_id},
};

mod action;
mod command;
mod decide;
mod plan;

/// Contacts in one event of a job: ids, and nothing else.
pub const JOB_CHUNK_CONTACTS_MAX: usize = 5_000;

/// Work on many contacts. Whom it is for is decided before the first of them is changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Job {
    #[default]
    Absent,
    /// Whom it is for is being found out. An import stays here until its file ends.
    Preparing(JobPlan),
    /// Whom it is for is stored.
    Running { plan: JobPlan, frozen: FrozenJob },
    Ended {
        plan: JobPlan,
        outcome: JobOutcome,
        ended_at: Option<DateTime<Utc>>,
    },
}

/// How many a job is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrozenJob {
    pub contacts: i64,
    pub chunk_count: u32,
}

impl Job {
    #[must_use]
    pub fn plan(&self) -> Option<&JobPlan> {
        match self {
            Self::Absent => None,
            Self::Preparing(plan) | Self::Running { plan, .. } | Self::Ended { plan, .. } => {
                Some(plan)
            }
        }
    }
}

impl event_sourcing::Aggregate for Job {
    const CATEGORY: &'static str = "job";

    type Command = JobCommand;
    type Event = JobEvent;
    type Error = JobError;

    fn decide(&self, command: JobCommand) -> Result<Vec<JobEvent>, JobError> {
        decide::decide(self, command)
    }

    fn evolve(self, event: &JobEvent) -> Self {
        match (self, event) {
            (_, JobEvent::Started(started)) => Self::Preparing(JobPlan::from(started)),
            (Self::Preparing(plan) | Self::Running { plan, .. }, JobEvent::Frozen(frozen)) => {
                let frozen = FrozenJob {
                    contacts: frozen.contacts,
                    chunk_count: frozen.chunk_count,
                };
                Self::Running { plan, frozen }
            }
            (Self::Preparing(plan) | Self::Running { plan, .. }, JobEvent::Ended(ended)) => {
                Self::Ended {
                    plan,
                    outcome: ended.outcome(),
                    ended_at: events::from_timestamp(ended.ended_at.as_ref()),
                }
            }
            // Decisions leave no such history; one that has it stays what it was.
            (Self::Absent, JobEvent::Frozen(_) | JobEvent::Ended(_)) => Self::Absent,
            (ended @ Self::Ended { .. }, JobEvent::Frozen(_) | JobEvent::Ended(_)) => ended,
        }
    }
}
