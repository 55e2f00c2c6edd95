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

use std::{env, ffi::OsString, process::ExitCode};

use clap::Parser as _;

use self::{cli::Cli, output::Output};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse_from(arguments(env::args_os()));
    let output = Output::new(cli.json);
    match commands::run(cli.command, &output).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            ExitCode::FAILURE
        }
    }
}

/// `cargo demo -- --json` hands its `--` on to us: the alias has one of its own before it.
fn arguments(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = given.collect();
    if arguments.get(1).is_some_and(|command| command == "demo")
        && arguments.get(2).is_some_and(|separator| separator == "--")
    {
        arguments.remove(2);
    }
    arguments
}
