//! A broadcast's life, from draft to done.

mod audience;
mod decide;
mod error;
mod evolve;

use chrono::{DateTime, Utc};
use events::{
    broadcasts::{ExclusionReason, MessageContent, PauseReason, TrackedLink},
    common::Channel,
};
use uuid::Uuid;

pub use self::{audience::Audience, error::BroadcastError};

/// A message to everyone in an audience.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Broadcast {
    #[default]
    Absent,
    Draft(Draft),
    /// Confirmed; its audience is being frozen.
    Preparing(Draft),
    Sending {
        draft: Draft,
        frozen: Frozen,
        /// How often it was resumed.
        resumed: u32,
    },
    /// Waits for somebody to mend what keeps the account from sending.
    Paused {
        draft: Draft,
        frozen: Frozen,
        resumed: u32,
    },
    /// Everyone has an outcome.
    Done,
    /// The channel refused the content: who was not sent to is not sent to.
    Stopped,
}

/// What was written, and for whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub broadcast_id: Uuid,
    pub account_id: Uuid,
    pub channel: Channel,
    pub name: String,
    pub audience: Audience,
    pub messages: Vec<MessageContent>,
    pub links: Vec<TrackedLink>,
    /// Each person gets links of their own, and so a call of their own.
    pub personal_links: bool,
}

/// Who is in, for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    pub included: i64,
    pub excluded: Vec<(ExclusionReason, i64)>,
    pub chunk_count: u32,
    pub digest: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum BroadcastCommand {
    Draft {
        draft: Draft,
        at: DateTime<Utc>,
    },
    Confirm {
        preview_hash: Vec<u8>,
        policy_version: String,
        at: DateTime<Utc>,
    },
    Freeze {
        frozen: Frozen,
        at: DateTime<Utc>,
    },
    Pause {
        reason: PauseReason,
        detail: String,
        /// How often it had been resumed when the reason arose. Whoever has resumed it since knew of the
        /// reason, so that a call that was refused earlier and is slow to say so holds up nothing.
        resumed: u32,
        at: DateTime<Utc>,
    },
    Resume {
        at: DateTime<Utc>,
    },
    Stop {
        code: String,
        detail: String,
        at: DateTime<Utc>,
    },
    Complete {
        at: DateTime<Utc>,
    },
}
