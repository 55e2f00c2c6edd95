use std::{
    fs,
    thread::available_parallelism,
    time::{Duration, Instant},
};

use serde::Serialize;
use tokio::time::sleep;

/// What the figures were measured on.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory_gib: u64,
    /// Cores that others kept busy in the second before. Above 0.1, repeat when it is quieter.
    pub(crate) busy_cores_before: f64,
}

impl Machine {
    pub(crate) async fn describe() -> Self {
        let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        Self {
            processor: value(&information, "model name")
                .unwrap_or("unknown")
                .to_owned(),
            cores: available_parallelism().map_or(1, Into::into),
            memory_gib: value(&memory, "MemTotal")
                .and_then(|size| size.split(' ').next()?.parse().ok())
                .map_or(0, |kibibytes: u64| kibibytes.div_ceil(1024 * 1024)),
            busy_cores_before: busy_cores(Duration::from_secs(1)).await,
        }
    }

    pub(crate) fn text(&self) -> String {
        format!(
            "{}, {} cores, {} GiB; {:.2} cores busy before",
            self.processor, self.cores, self.memory_gib, self.busy_cores_before
        )
    }
}

/// The value behind `name` in one of the kernel's lists.
pub(crate) fn value<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    list.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim())
}

async fn busy_cores(period: Duration) -> f64 {
    let before = busy_seconds();
    let started = Instant::now();
    sleep(period).await;
    (busy_seconds() - before) / started.elapsed().as_secs_f64()
}

/// Since boot, of all cores. The kernel counts hundredths of a second: user, nice, system, idle, ...
fn busy_seconds() -> f64 {
    let statistics = fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks: u32 = statistics
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .take(3)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .map(|ticks| u32::try_from(ticks).unwrap_or(u32::MAX))
        .fold(0, u32::saturating_add);
    f64::from(ticks) / 100.0
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn a_value_is_found_by_its_whole_name() {
        let list = "MemTotalOther:  1 kB\nMemTotal:  2048 kB\nmodel name\t: A: B\n";
        assert_eq!(value(list, "MemTotal"), Some("2048 kB"));
        assert_eq!(value(list, "model name"), Some("A: B"));
        assert_eq!(value(list, "MemFree"), None);
    }
}
