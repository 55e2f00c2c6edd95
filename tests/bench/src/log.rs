mod append;
mod events;
mod options;
mod raw;
mod relay;
mod replay;
mod report;
mod visible;

use local_stack::Database;
use sqlx::PgPool;

pub(crate) use self::options::Options;
use self::{
    append::Kind,
    events::Workload,
    report::{Report, Round},
};
use crate::{machine::Machine, output::Output, servers::Servers};

/// Measures everything in one run on the same servers, so that the ratios hold on a shared machine too.
pub(crate) async fn run(options: &Options, output: Output) -> anyhow::Result<()> {
    let machine = Machine::describe().await;
    output.note("starting servers");
    let servers = Servers::start(&options.dir, output)?;
    let workload = Workload::new();
    let mut rounds = Vec::new();
    let mut filled = None;
    for number in 1..=options.rounds {
        output.note(&format!("round {number} of {}", options.rounds));
        let database = async |name: &str| {
            let name = format!("{name}_{number}");
            servers.database(&name, Database::Contacts).await
        };
        let raw = raw::measure(&database("raw").await?, &workload, options).await?;
        let facts = database("facts").await?;
        let unchecked = append::measure(&facts, &workload, Kind::Fact, options).await?;
        let commands = database("commands").await?;
        let checked = append::measure(&commands, &workload, Kind::Command, options).await?;
        rounds.push(Round {
            raw,
            checked,
            unchecked,
        });
        commands.close().await;
        close(filled.replace(facts)).await;
    }
    let Some(log) = filled else {
        anyhow::bail!("no round, nothing to measure");
    };
    output.note("replay");
    let replay = replay::measure(&log, options).await?;
    output.note("relay");
    let relay = relay::measure(&log, servers.nats().await?, options).await?;
    output.note("command to visible");
    let visible = visible::measure(&servers, &workload, options).await?;
    close(Some(log)).await;
    let report = Report {
        machine,
        rounds,
        replay,
        relay,
        visible,
    };
    output.report(&report, Report::text)
}

async fn close(pool: Option<PgPool>) {
    if let Some(pool) = pool {
        pool.close().await;
    }
}
