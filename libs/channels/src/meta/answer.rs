use super::{outcome::Outcome, usage::Usage};

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub outcome: Outcome,
    /// How near Meta's limits are. Told with successes as well.
    pub usage: Usage,
    /// Meta's name for this attempt, to be quoted when asking about it.
    pub trace_id: Option<String>,
}
