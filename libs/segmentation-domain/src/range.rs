use chrono::{DateTime, Datelike as _, TimeDelta, Utc};

/// From `after` (inclusive) to `before` (exclusive), of which at least one is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range {
    after: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    #[error("give after, before or both")]
    Empty,
    #[error("has to end after it begins")]
    Reversed,
    #[error("is not in the years 1 to 9999")]
    Year,
}

impl Range {
    pub fn try_new(
        after: Option<DateTime<Utc>>,
        before: Option<DateTime<Utc>>,
    ) -> Result<Self, RangeError> {
        let range = Self {
            after: after.map(in_steps),
            before: before.map(in_steps),
        };
        let given = || range.after.iter().chain(&range.before);
        if given().next().is_none() {
            return Err(RangeError::Empty);
        }
        // As protobuf and RFC 3339 have it.
        if given().any(|at| !(1..=9999).contains(&at.year())) {
            return Err(RangeError::Year);
        }
        match (range.after, range.before) {
            (Some(after), Some(before)) if after >= before => Err(RangeError::Reversed),
            (Some(_) | None, Some(_) | None) => Ok(range),
        }
    }

    #[must_use]
    pub fn after(self) -> Option<DateTime<Utc>> {
        self.after
    }

    #[must_use]
    pub fn before(self) -> Option<DateTime<Utc>> {
        self.before
    }

    #[must_use]
    pub fn contains(self, at: DateTime<Utc>) -> bool {
        self.after.is_none_or(|after| at >= after) && self.before.is_none_or(|before| at < before)
    }

    /// Both at once, where this one has only a beginning and `other` only a later end.
    pub(crate) fn until(self, other: Self) -> Option<Self> {
        match (self.before, other.after) {
            (None, None) => Self::try_new(self.after, other.before).ok(),
            (Some(_), _) | (None, Some(_)) => None,
        }
    }

    /// The smallest difference between two times, as read models keep them.
    pub(crate) fn step() -> TimeDelta {
        TimeDelta::microseconds(1)
    }
}

/// Without what is smaller than a step. A leap second is the one after it.
fn in_steps(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}
