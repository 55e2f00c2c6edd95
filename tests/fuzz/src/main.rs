//! Throws spoiled webhooks, mails and filters at what reads them: nothing may panic, or take memory without bound.

mod bytes;
mod corpus;
mod json;
mod lines;
mod mutate;
mod outcome;
mod report;
mod run;
mod targets;

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use clap::Parser;
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Fuzzes every parser of what comes from outside
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// How long each parser is fuzzed
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The same seed makes the same inputs in the same order
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only these parsers: line, messenger, whatsapp, mail, signatures, filter
    #[arg(long)]
    only: Vec<String>,
    /// Where an input that broke something is kept
    #[arg(long, default_value = "target/fuzz")]
    found: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    // On a thread of its own, for a stack as small as that of the services' workers.
    let fuzzing = thread::spawn(move || fuzz(&options));
    fuzzing
        .join()
        .unwrap_or_else(|_| Err(anyhow::anyhow!("the fuzzer itself panicked")))
}

fn fuzz(options: &Options) -> anyhow::Result<()> {
    let targets = targets::chosen(&options.only)?;
    let mut rows = Vec::new();
    for target in targets {
        let until = Instant::now() + Duration::from_secs(options.seconds);
        rows.push(run::run(&target, options.seed, until, &options.found)?);
    }
    report::print(&rows)
}
