//! One file a command; this one only chooses.

mod account;
mod again;
mod broadcast;
mod bulk;
mod consent;
mod consumer;
mod contact;
mod conversation;
mod import;
mod job;
mod report;
mod segment;
mod tag;
mod template;
mod text;
mod watch;

use crate::{cli::Command, demo, endpoints::Endpoints, output::Output, up};

pub(crate) use self::{
    account::parse_price, broadcast::text, consumer::services, import::import_contacts,
    report::report_table, text::channel_name, watch::wait_until_done,
};

pub(crate) async fn run(command: Command, output: &Output) -> anyhow::Result<()> {
    match command {
        Command::Up(arguments) => up::run(arguments, *output).await,
        Command::Token => output.line(&Endpoints::load()?.token),
        Command::Serve(arguments) => up::serve(arguments, *output).await,
        Command::Demo(arguments) => demo::run(arguments, *output).await,
        Command::Simulate(arguments) => demo::simulate(arguments).await,
        Command::Account(command) => account::run(command, *output).await,
        Command::Contact(command) => contact::run(command, *output).await,
        Command::Tag(command) => tag::run(command, *output).await,
        Command::Job(command) => job::run(command, *output).await,
        Command::Segment(command) => segment::run(command, *output).await,
        Command::Broadcast(command) => broadcast::run(command, *output).await,
        Command::Template(command) => template::run(command, *output).await,
        Command::Report(command) => report::run(command, *output).await,
        Command::Consumer(command) => consumer::run(command, *output).await,
    }
}
