use std::time::Duration;

use anyhow::Context as _;
use hdrhistogram::Histogram;
use serde::Serialize;

const LONGEST: Duration = Duration::from_mins(1);
/// Quantiles are right to three digits.
const DIGITS: u8 = 3;

/// How long the same thing took, many times.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Latency {
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

impl Latency {
    /// `None` if there was none.
    pub(crate) fn of(times: impl IntoIterator<Item = Duration>) -> anyhow::Result<Option<Self>> {
        let longest = microseconds(LONGEST);
        let mut histogram = Histogram::<u64>::new_with_bounds(1, longest, DIGITS)
            .context("cannot make a histogram")?;
        for time in times {
            histogram.saturating_record(microseconds(time));
        }
        let quantile = |quantile| {
            let microseconds = histogram.value_at_quantile(quantile);
            Duration::from_micros(microseconds).as_secs_f64() * 1e3
        };
        Ok((!histogram.is_empty()).then(|| Self {
            p50_ms: quantile(0.5),
            p99_ms: quantile(0.99),
        }))
    }
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_all_times() {
        let times = (1..=1_000).map(Duration::from_millis);
        let latency = Latency::of(times).unwrap().unwrap();
        assert!((499.0..=501.0).contains(&latency.p50_ms), "{latency:?}");
        assert!((989.0..=991.0).contains(&latency.p99_ms), "{latency:?}");
    }

    #[test]
    fn what_never_happened_took_no_time_that_could_be_told() {
        assert!(Latency::of([]).unwrap().is_none());
    }
}
