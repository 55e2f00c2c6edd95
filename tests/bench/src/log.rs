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
    output.note("warming up");
    let (_, mut log) = round(&servers, &workload, options).await?;
    let mut rounds = Vec::new();
    for number in 1..=options.rounds {
        output.note(&format!("round {number} of {}", options.rounds));
        servers.drop_database(log).await?;
        let figures;
        (figures, log) = round(&servers, &workload, options).await?;
        rounds.push(figures);
    }
    output.note("replay");
    let replay = replay::measure(&log, options).await?;
    output.note("relay");
    let relay = relay::measure(&log, servers.nats().await?, options).await?;
    output.note("command to visible");
    let visible = visible::measure(&servers, &workload, options).await?;
    log.close().await;
    let report = Report {
        machine,
        rounds,
        replay,
        relay,
        visible,
    };
    output.report(&report, Report::text)
}

/// Raw and appends, one after the other. Returns the filled log of the facts too.
async fn round(
    servers: &Servers,
    workload: &Workload,
    options: &Options,
) -> anyhow::Result<(Round, PgPool)> {
    let database = async |name| {
        let pool = servers.database(name, Database::Contacts).await?;
        servers.settle().await?;
        anyhow::Ok(pool)
    };
    let bare = database("raw").await?;
    let raw = raw::measure(&bare, workload, options).await?;
    servers.drop_database(bare).await?;
    let commands = database("commands").await?;
    let checked = append::measure(&commands, workload, Kind::Command, options).await?;
    servers.drop_database(commands).await?;
    let facts = database("facts").await?;
    let unchecked = append::measure(&facts, workload, Kind::Fact, options).await?;
    let figures = Round {
        raw,
        checked,
        unchecked,
    };
    Ok((figures, facts))
}
