use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LAST: Duration = Duration::from_mins(5);

/// How long to wait after so many attempts, from 1: twice as long each time, give or take a quarter, so
/// that windows that failed together do not come back together.
pub(crate) fn backoff(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(20);
    let wait = FIRST.saturating_mul(1 << doublings).min(LAST);
    wait.mul_f64(rand::random_range(0.75..=1.25))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::backoff;

    #[test]
    fn waits_grow_to_a_limit_and_are_never_none() {
        for attempts in 0..100 {
            let wait = backoff(attempts);
            assert!(wait >= Duration::from_millis(375), "{wait:?}");
            assert!(wait <= Duration::from_secs(375), "{wait:?}");
        }
        assert!(backoff(1) < backoff(3));
        assert!(backoff(u32::MAX) >= Duration::from_secs(225));
    }
}
