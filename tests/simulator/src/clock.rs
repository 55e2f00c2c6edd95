use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant, SystemTime},
};

/// The time of the day, which a test may set ahead to outlive a retry key or a month.
#[derive(Debug)]
pub(crate) struct Clock {
    started_at: Duration,
    started: Instant,
    ahead_ms: AtomicU64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            started_at: SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
            started: Instant::now(),
            ahead_ms: AtomicU64::new(0),
        }
    }

    /// Since 1970, and never backwards.
    pub(crate) fn now(&self) -> Duration {
        let ahead = Duration::from_millis(self.ahead_ms.load(Ordering::Relaxed));
        self.started_at + self.started.elapsed() + ahead
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.ahead_ms.fetch_add(millis(by), Ordering::Relaxed);
    }
}

pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
