use chrono::{DateTime, Utc};
use events::{
    HELD,
    broadcasts::{FailureClass, Outcome, OutcomeKind, RecipientsProgressed},
    common::ProgressKind,
    to_timestamp,
};

use super::{Ledger, Recipients};

/// What a channel told of some recipients after they were sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub recipients: Recipients,
    pub kind: ProgressKind,
    /// Of those who failed.
    pub failure_class: FailureClass,
    pub code: String,
    /// When it happened, as the channel says.
    pub occurred_at: DateTime<Utc>,
}

/// Where somebody stands, by the ledger and by everything that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    NotSent,
    /// Nobody can tell whether it left.
    Unknown,
    Accepted,
    Failed,
    Delivered,
    Read,
}

/// Everything that was told, whenever it was. It only grows, and means the same in whatever order it came.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Told {
    accepted: Recipients,
    delivered: Recipients,
    read: Recipients,
    failed: Recipients,
}

impl Told {
    pub(super) fn add(&mut self, event: &RecipientsProgressed) {
        let told = match event.kind() {
            ProgressKind::Accepted => &mut self.accepted,
            ProgressKind::Delivered => &mut self.delivered,
            ProgressKind::Read => &mut self.read,
            ProgressKind::Failed => &mut self.failed,
            ProgressKind::Unspecified => return,
        };
        *told = told.with(&Recipients::from_ranges(&event.recipients));
    }
}

impl Ledger {
    /// Those whose standing this changes, or may yet change once they have an outcome.
    pub(super) fn news(&self, progress: &Progress) -> Recipients {
        let told = &self.told;
        let known = match progress.kind {
            ProgressKind::Unspecified => return Recipients::default(),
            ProgressKind::Accepted => {
                let settled = self
                    .with_outcome(OutcomeKind::Accepted)
                    .without(&self.held())
                    .with(&self.with_outcome(OutcomeKind::Failed));
                let told = told.accepted.with(&told.failed).with(&told.delivered);
                settled.with(&told).with(&self.told.read)
            }
            ProgressKind::Delivered => told.delivered.with(&told.read),
            ProgressKind::Read => told.read.clone(),
            ProgressKind::Failed => {
                let failed = told.failed.with(&self.with_outcome(OutcomeKind::Failed));
                failed.with(&told.delivered).with(&told.read)
            }
        };
        let everyone = Recipients::first(self.people());
        let strangers = progress.recipients.without(&everyone);
        progress.recipients.without(&strangers).without(&known)
    }

    pub(super) fn progressed(&self, progress: Progress, news: &Recipients) -> RecipientsProgressed {
        RecipientsProgressed {
            chunk_id: self.stored.chunk_id.clone(),
            broadcast_id: self.stored.broadcast_id.clone(),
            kind: progress.kind.into(),
            recipients: news.to_ranges(),
            failure_class: progress.failure_class.into(),
            code: progress.code,
            occurred_at: Some(to_timestamp(progress.occurred_at)),
        }
    }

    /// `None`: nobody has said anything of them yet.
    pub(super) fn status(&self, place: u32) -> Option<Status> {
        let told = |recipients: &Recipients| recipients.iter().any(|other| other == place);
        let settled = |kind| told(&self.with_outcome(kind));
        if told(&self.told.read) {
            return Some(Status::Read);
        }
        if told(&self.told.delivered) {
            return Some(Status::Delivered);
        }
        if told(&self.told.failed) || settled(OutcomeKind::Failed) {
            return Some(Status::Failed);
        }
        if told(&self.told.accepted) || settled(OutcomeKind::Accepted) {
            return Some(Status::Accepted);
        }
        if settled(OutcomeKind::Unknown) {
            return Some(Status::Unknown);
        }
        settled(OutcomeKind::NotSent).then_some(Status::NotSent)
    }

    fn with_outcome(&self, kind: OutcomeKind) -> Recipients {
        self.settled_as(|outcome| outcome.kind() == kind)
    }

    /// The channel had not let them go when it took them.
    fn held(&self) -> Recipients {
        self.settled_as(|outcome| outcome.kind() == OutcomeKind::Accepted && outcome.code == HELD)
    }

    fn settled_as(&self, wanted: impl Fn(&Outcome) -> bool) -> Recipients {
        let outcomes = self.closed.iter().flat_map(|window| &window.outcomes);
        let ranges = outcomes
            .filter(|outcome| wanted(outcome))
            .flat_map(|outcome| &outcome.recipients);
        Recipients::from_ranges(ranges)
    }
}
