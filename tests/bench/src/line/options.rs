use std::{path::PathBuf, time::Duration};

use clap::{Args, value_parser};
use simulator::UserId;

/// Which people they are; the same in every run.
const SEED: u64 = 7;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// People who get the broadcast
    #[arg(long, default_value_t = 1_000_000, value_parser = value_parser!(u32).range(1..=10_000_000))]
    pub(crate) people: u32,
    /// The bare client's requests that wait for an answer at the same time
    #[arg(long, default_value_t = 16, value_parser = value_parser!(u32).range(1..=1_000))]
    pub(crate) in_flight: u32,
    /// How long the broadcast may take, and the import before it
    #[arg(long, default_value_t = 600, value_parser = value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// Where the servers' programs are kept; the data is thrown away
    #[arg(long, default_value = ".fanfare", env = "FANFARE_DIR")]
    pub(crate) dir: PathBuf,
}

impl Options {
    pub(crate) fn time_max(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

pub(crate) fn person(number: u32) -> UserId {
    UserId::nth(SEED, number.into())
}
