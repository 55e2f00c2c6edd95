use std::{path::PathBuf, time::Duration};

use clap::{Args, value_parser};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Events of each measurement
    #[arg(long, default_value_t = 200_000, value_parser = value_parser!(u64).range(1_000..=10_000_000))]
    pub(crate) events: u64,
    /// A measurement ends after this long, however many events it has had
    #[arg(long, default_value_t = 30, value_parser = value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Raw and append are measured this often, in turn; the medians count
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u32).range(1..=20))]
    pub(crate) rounds: u32,
    /// Callers that append at the same time, each waiting for its answer
    #[arg(long, default_value_t = 256, value_parser = value_parser!(u32).range(1..=10_000))]
    pub(crate) callers: u32,
    /// Partitions of the log
    #[arg(long, default_value_t = 4, value_parser = value_parser!(i16).range(1..=64))]
    pub(crate) partitions: i16,
    /// Commands of which each is awaited in its read model
    #[arg(long, default_value_t = 500, value_parser = value_parser!(u32).range(1..=100_000))]
    pub(crate) visible: u32,
    /// Where the servers' programs are kept; the data is thrown away
    #[arg(long, default_value = ".fanfare", env = "FANFARE_DIR")]
    pub(crate) dir: PathBuf,
}

impl Options {
    pub(crate) fn time_max(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}
