//! Figures of this machine beside what the machine could do at best.

mod latency;
mod line;
mod log;
mod machine;
mod output;
mod segments;
mod servers;
mod tasks;

use clap::{Parser, Subcommand};
use output::Output;

/// Measures Fanfare beside the physical limit, on private durable servers
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    /// Print JSON for machines instead of tables
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The event log: append, replay, relay, and from a command to its read model
    Log(log::Options),
    /// A broadcast over LINE, end to end, beside a bare client that posts the same multicasts
    Line(line::Options),
    /// Counting and listing contacts by filters, beside hand-written SQL on the same rows
    Segments(segments::Options),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let output = Output::new(cli.json);
    match cli.command {
        Command::Log(options) => log::run(&options, output).await,
        Command::Line(options) => line::run(&options, output).await,
        Command::Segments(options) => segments::run(&options, output).await,
    }
}
