use std::time::Duration;

use chrono::{DateTime, Datelike as _, TimeDelta};

const JAPAN: TimeDelta = TimeDelta::hours(9);

/// A month as LINE bills it, in Japan's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Month {
    year: i32,
    month: u32,
}

impl Month {
    pub(crate) fn of(now: Duration) -> Self {
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let there = DateTime::from_timestamp(seconds, 0).unwrap_or_default() + JAPAN;
        Self {
            year: there.year(),
            month: there.month(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_at_three_in_the_afternoon_of_utc() {
        let last_second = Duration::from_secs(1_793_458_799); // 2026-10-31T14:59:59Z
        let next = last_second + Duration::from_secs(1);
        assert_eq!(Month::of(last_second).month, 10);
        assert_eq!(Month::of(next).month, 11);
    }
}
