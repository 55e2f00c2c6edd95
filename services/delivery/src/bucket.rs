use std::{sync::Mutex, time::Duration};

use tokio::time::{Instant, sleep_until};

/// Calls that may be made at once after a rest, as a part of a second's worth. Small, since LINE does
/// not publish what its own bucket holds, and since an account's next worker starts with a full one.
const BURST_SECONDS: u32 = 10;

/// Paces the calls of one account to one endpoint, first come, first served.
#[derive(Debug)]
pub(crate) struct Bucket {
    interval: Duration,
    burst: Duration,
    /// When the bucket will be full, if nobody takes anything.
    full_at: Mutex<Instant>,
}

impl Bucket {
    pub(crate) fn new(per_second: u32) -> Self {
        let per_second = per_second.max(1);
        let interval = Duration::from_secs(1) / per_second;
        Self {
            interval,
            burst: interval * (per_second / BURST_SECONDS).max(1),
            full_at: Mutex::new(Instant::now()),
        }
    }

    /// Waits for a turn. A turn that is given up while waiting is lost, not passed on.
    pub(crate) async fn take(&self) {
        let turn = self.reserve(Instant::now());
        sleep_until(turn).await;
    }

    fn reserve(&self, now: Instant) -> Instant {
        let mut full_at = self
            .full_at
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let start = (*full_at).max(now);
        *full_at = start + self.interval;
        // The bucket holds a burst: a turn comes as soon as that much of the wait is over.
        (start + self.interval)
            .checked_sub(self.burst)
            .map_or(now, |turn| turn.max(now))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Bucket;

    #[tokio::test(start_paused = true)]
    async fn no_second_has_more_calls_than_the_rate_and_a_burst() {
        let bucket = Bucket::new(100);
        let start = Instant::now();
        let mut turns = Vec::new();
        for _ in 0..350 {
            bucket.take().await;
            turns.push(start.elapsed());
        }
        for (at, turn) in turns.iter().enumerate() {
            let second = turn..&(*turn + Duration::from_secs(1));
            let within = turns[at..].iter().filter(|turn| second.contains(turn));
            assert!(within.count() <= 110);
        }
        assert!(
            turns[349] >= Duration::from_millis(3_390),
            "{:?}",
            turns[349]
        );
        assert!(
            turns[349] <= Duration::from_millis(3_500),
            "{:?}",
            turns[349]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_rest_allows_one_burst_and_no_more() {
        let bucket = Bucket::new(20);
        tokio::time::sleep(Duration::from_hours(1)).await;
        let start = Instant::now();
        bucket.take().await;
        bucket.take().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        bucket.take().await;
        assert!(start.elapsed() >= Duration::from_millis(50));
    }
}
