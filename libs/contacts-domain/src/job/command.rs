use chrono::{DateTime, Utc};
use events::contact::JobOutcome;

use super::{FrozenJob, JobPlan};

#[derive(Debug, Clone)]
pub enum JobCommand {
    Start(JobPlan),
    /// Everyone that it is for is stored.
    Freeze {
        frozen: FrozenJob,
        now: DateTime<Utc>,
    },
    End {
        result: JobResult,
        now: DateTime<Utc>,
    },
}

/// How a job ended, and after how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobResult {
    pub outcome: JobOutcome,
    /// Contacts, or rows of a file.
    pub processed: i64,
    /// Of an import: contacts that are now different.
    pub changed: i64,
    pub refused: i64,
    /// For people, where it failed.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    #[error("there is no such job")]
    NotFound,
    #[error("the job id stands for something else already; use a new one")]
    OtherRequest,
    #[error("the job has ended; start another")]
    Ended,
    #[error("an import is for whom its file names")]
    Import,
}
