//! One binary for a laptop: the whole of Fanfare, its demo, and a client of its services.

mod cli;
mod client;
mod commands;
mod demo;
mod endpoints;
mod filter;
mod output;
mod secrets;
mod services;
mod up;

use std::process::ExitCode;

use clap::Parser as _;

use self::{cli::Cli, output::Output};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.json);
    match commands::run(cli.command, &output).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            ExitCode::FAILURE
        }
    }
}
