mod import;
mod options;
mod people;
mod questions;
mod report;
mod services;
mod sql;
mod updates;

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::Context as _;

pub(crate) use self::options::Options;
use self::{
    questions::Question,
    report::{Answered, Report},
    services::Services,
    updates::Updates,
};
use crate::{
    latency::Latency,
    machine::{Machine, value},
    output::Output,
    servers::Servers,
};

/// Measures count and first page by several filters, alone and while people go on interacting.
pub(crate) async fn run(options: &Options, output: Output) -> anyhow::Result<()> {
    let machine = Machine::describe().await;
    output.note("starting servers and services");
    let servers = Servers::start(&options.dir, output)?;
    let mut services = Services::start(&servers).await?;
    let account_id = services.connect_account().await?;
    output.note(&format!("importing {} contacts", options.contacts));
    let imported = import::import(&mut services, &account_id, options).await?;
    servers.settle().await?;
    output.note("making the table for hand-written SQL");
    sql::prepare(&services.rows).await?;
    let questions = questions::all(options);
    output.note("opening names");
    let names_opened = open_names(&mut services, &questions).await?;
    output.note("asking");
    let alone = ask_all(&mut services, &questions, options).await?;
    output.note("asking by hand-written SQL");
    let mut by_sql = Vec::new();
    for question in &questions {
        by_sql.push(sql::ask(&services.rows, question, options).await?);
    }
    output.note("asking while people interact");
    let updates = Updates::start(&services, options).await?;
    let meanwhile = ask_all(&mut services, &questions, options).await?;
    let stale = updates.staleness(&mut services, options).await?;
    let rate = updates.stop().await?;

    let questions = questions.iter().zip(alone).zip(meanwhile).zip(by_sql);
    let report = Report {
        machine,
        contacts: options.contacts,
        import_seconds: imported.as_secs_f64(),
        names_opened_seconds: names_opened.as_secs_f64(),
        updates_per_second: rate,
        stale,
        questions: questions
            .map(|(((question, alone), meanwhile), sql)| Answered {
                question: question.name,
                matching: alone.1,
                alone: alone.0,
                meanwhile: meanwhile.0,
                sql,
            })
            .collect(),
        memory_bytes: memory()?,
    };
    output.report(&report, Report::text)
}

/// The first question for a part of a name opens everyone's.
async fn open_names(services: &mut Services, questions: &[Question]) -> anyhow::Result<Duration> {
    let started = Instant::now();
    for question in questions {
        loop {
            let asked = question.ask(services).await;
            match asked {
                Ok(_) => break,
                Err(status) if status.code() == tonic::Code::Unavailable => {}
                Err(status) => return Err(status.into()),
            }
            anyhow::ensure!(
                started.elapsed() < Duration::from_mins(5),
                "names were not opened in time"
            );
        }
    }
    Ok(started.elapsed())
}

async fn ask_all(
    services: &mut Services,
    questions: &[Question],
    options: &Options,
) -> anyhow::Result<Vec<(Latency, i64)>> {
    let mut answers = Vec::new();
    for question in questions {
        let mut times = Vec::new();
        let mut matching = 0;
        for _ in 0..options.samples {
            let started = Instant::now();
            matching = question.ask(services).await?;
            times.push(started.elapsed());
        }
        let latency = Latency::of(times)?.context("nothing was asked")?;
        answers.push((latency, matching));
    }
    Ok(answers)
}

/// Of this process, which is the services and little else.
fn memory() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("cannot read the size")?;
    let kibibytes = value(&status, "VmRSS").and_then(|size| size.strip_suffix(" kB"));
    Ok(kibibytes
        .context("the process has no size")?
        .parse::<u64>()?
        * 1024)
}
