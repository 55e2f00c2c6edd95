use std::{
    fmt::Debug,
    sync::atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};

/// Where the time comes from, so that a test or a demonstration can set it.
pub trait Clock: Debug + Send + Sync + 'static {
    fn now(&self) -> DateTime<Utc>;
}

/// The time of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time is read")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// The time of the machine, moved by an offset that can be changed while it runs.
#[derive(Debug, Default)]
pub struct ShiftedClock {
    offset_microseconds: AtomicI64,
}

impl ShiftedClock {
    #[must_use]
    pub fn new(offset: TimeDelta) -> Self {
        let clock = Self::default();
        clock.shift(offset);
        clock
    }

    /// Sets how far this clock is ahead of the machine's; negative is behind.
    pub fn shift(&self, offset: TimeDelta) {
        let microseconds = offset.num_microseconds().unwrap_or_default();
        self.offset_microseconds
            .store(microseconds, Ordering::Relaxed);
    }

    /// Makes `now` the present moment; time goes on from there.
    pub fn set(&self, now: DateTime<Utc>) {
        self.shift(now - SystemClock.now());
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> DateTime<Utc> {
        let offset = self.offset_microseconds.load(Ordering::Relaxed);
        SystemClock.now() + TimeDelta::microseconds(offset)
    }
}

/// A clock that stands still until it is moved, with the microseconds that Postgres keeps.
#[derive(Debug)]
pub struct FixedClock {
    unix_microseconds: AtomicI64,
}

impl FixedClock {
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            unix_microseconds: AtomicI64::new(now.timestamp_micros()),
        }
    }

    pub fn set(&self, now: DateTime<Utc>) {
        self.unix_microseconds
            .store(now.timestamp_micros(), Ordering::Relaxed);
    }

    pub fn advance(&self, by: TimeDelta) {
        let microseconds = by.num_microseconds().unwrap_or_default();
        self.unix_microseconds
            .fetch_add(microseconds, Ordering::Relaxed);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        let microseconds = self.unix_microseconds.load(Ordering::Relaxed);
        DateTime::from_timestamp_micros(microseconds).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::{Clock as _, FixedClock, ShiftedClock, SystemClock};

    #[test]
    fn a_shifted_clock_follows_its_offset_while_it_runs() {
        let clock = ShiftedClock::new(TimeDelta::days(-7));
        assert!(clock.now() <= SystemClock.now() - TimeDelta::days(7));

        clock.shift(TimeDelta::zero());
        assert!(clock.now() > SystemClock.now() - TimeDelta::days(1));
    }

    #[test]
    fn a_shifted_clock_goes_on_from_where_it_is_set() {
        let start = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let clock = ShiftedClock::default();
        clock.set(start);
        let now = clock.now();
        assert!(now >= start && now < start + TimeDelta::hours(1), "{now}");
    }

    #[test]
    fn a_fixed_clock_stands_still_until_it_is_moved() {
        let start = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let clock = FixedClock::new(start);
        assert_eq!(clock.now(), start);
        clock.advance(TimeDelta::hours(24));
        assert_eq!(clock.now(), start + TimeDelta::hours(24));
    }
}
