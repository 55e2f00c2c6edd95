use std::{path::PathBuf, time::Duration};

use clap::{Args, value_parser};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Contacts that are imported
    #[arg(long, default_value_t = 1_000_000, value_parser = value_parser!(u32).range(1_000..=10_000_000))]
    pub(crate) contacts: u32,
    /// How often each question is asked
    #[arg(long, default_value_t = 200, value_parser = value_parser!(u32).range(1..=100_000))]
    pub(crate) samples: u32,
    /// Interactions a second while questions are asked for the second time
    #[arg(long, default_value_t = 5_000, value_parser = value_parser!(u32).range(10..=100_000))]
    pub(crate) updates: u32,
    /// How long the import may take
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
