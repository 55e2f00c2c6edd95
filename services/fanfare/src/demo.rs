//! From a contact file to a ROAS figure: real customers and orders, simulated people.

mod level;
mod mail;
mod meta;
mod orders;
mod people;
mod sample;
mod simulate;
mod stage;
mod walk;

use std::{path::PathBuf, time::Duration};

pub(crate) use self::simulate::simulate;
use self::{stage::Stage, walk::Walked};
use crate::{cli::DemoArgs, commands::report_table, endpoints::Endpoints, output::Output};

const GRACE: Duration = Duration::from_secs(10);

pub(crate) async fn run(arguments: DemoArgs, output: Output) -> anyhow::Result<()> {
    let dir: PathBuf = arguments.dir.clone();
    let stage = Stage::build(&dir, arguments.seed, output).await?;
    let walked = walk::walk(&stage, &arguments, output).await;
    let outcome = match &walked {
        Ok(walked) => print(&stage, walked, arguments.keep, output),
        Err(_) => Ok(()),
    };
    if arguments.keep && walked.is_ok() && outcome.is_ok() {
        stage.endpoints.save(&dir)?;
        output.note(&format!(
            "left running; the simulator is at {}. In another terminal: cargo fanfare report show. Ctrl-C stops it",
            stage.simulator.url
        ));
        stage.lifecycle.clone().run(GRACE).await?;
        Endpoints::forget(&dir);
        return Ok(());
    }
    stage.strike(GRACE).await;
    walked?;
    outcome
}

fn print(stage: &Stage, walked: &Walked, keep: bool, output: Output) -> anyhow::Result<()> {
    if !output.is_json() {
        for report in &walked.reports {
            output.line(&report_table(report))?;
        }
        return Ok(());
    }
    let reports: Vec<serde_json::Value> = walked
        .reports
        .iter()
        .map(proto::to_json)
        .collect::<Result<_, _>>()?;
    let mut printed = serde_json::json!({ "reports": reports });
    if keep {
        printed["addresses"] = serde_json::to_value(&stage.endpoints)?;
        printed["simulator"] = stage.simulator.url.clone().into();
        printed["clicked"] = serde_json::to_value(&walked.acted)?;
        printed["started_at"] = walked.started_at.to_rfc3339().into();
    }
    output.value(&printed)
}
