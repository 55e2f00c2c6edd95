use std::time::Duration;

use super::RateLimit;

/// A token bucket; it starts full.
#[derive(Debug)]
pub(crate) struct Bucket {
    limit: RateLimit,
    tokens: f64,
    filled_at: Duration,
}

impl Bucket {
    pub(crate) fn new(limit: RateLimit, now: Duration) -> Self {
        Self {
            limit,
            tokens: limit.capacity,
            filled_at: now,
        }
    }

    pub(crate) fn limit(&self) -> RateLimit {
        self.limit
    }

    /// How much of the capacity was taken when last asked.
    pub(crate) fn used_percent(&self) -> f64 {
        100.0 * (1.0 - self.tokens / self.limit.capacity.max(1.0))
    }

    /// Whether one more request may pass; it is counted if so.
    pub(crate) fn take(&mut self, now: Duration) -> bool {
        let elapsed = now.saturating_sub(self.filled_at).as_secs_f64();
        self.filled_at = now;
        self.tokens = (self.tokens + elapsed * self.limit.per_second).min(self.limit.capacity);
        let passes = self.tokens >= 1.0;
        if passes {
            self.tokens -= 1.0;
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_lets_its_capacity_through_and_then_its_rate() {
        let limit = RateLimit {
            per_second: 10.0,
            capacity: 3.0,
        };
        let mut bucket = Bucket::new(limit, Duration::ZERO);
        let mut passed = |ms| {
            (0..10)
                .filter(|_| bucket.take(Duration::from_millis(ms)))
                .count()
        };
        assert_eq!(passed(0), 3);
        assert_eq!(passed(100), 1);
        assert_eq!(passed(10_000), 3);
    }
}
