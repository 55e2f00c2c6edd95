use std::{fs, sync::Arc, time::Duration};

use anyhow::Context as _;
use bootstrap::{Clock, Lifecycle, SystemClock};
use clap::ValueEnum as _;
use local_stack::LocalStack;
use tokio::task::block_in_place;

use crate::{
    cli::{ServeArgs, UpArgs},
    endpoints::Endpoints,
    output::{Output, table},
    secrets::Secrets,
    services::{self, Plan, Ports, Servers, Service},
};

/// Below the range that the system takes ports from, so that they are free after a restart too.
const FIRST_PORT: u16 = 7101;
const GRACE: Duration = Duration::from_secs(15);

/// Runs everything until Ctrl-C.
pub(crate) async fn run(arguments: UpArgs, output: Output) -> anyhow::Result<()> {
    let dir = arguments.dir;
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let telemetry = services::log_to_file(&dir, "up.log")?;
    let stack = block_in_place(|| LocalStack::start(&dir, |text| output.note(text)))?;
    let servers = Servers {
        admin_url: stack.admin_url(),
        nats_url: stack.nats_url(),
    };
    output.note("bringing the databases up to date");
    services::migrate_all(&servers).await?;
    let secrets = Secrets::load_or_generate(&dir)?;
    let plan = Plan {
        servers,
        secrets,
        line_url: arguments.line_url,
        meta_url: Some(arguments.meta_url),
        links_url: arguments.links_url,
        ports: Ports::from(FIRST_PORT),
        delivery: toml::Table::new(),
    };
    let lifecycle = Lifecycle::new();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let started = services::start(&plan, Service::value_variants(), &clock, &lifecycle).await;
    let outcome = match started {
        Ok(()) => {
            let endpoints = plan.endpoints();
            endpoints.save(&dir)?;
            announce(&endpoints, output)?;
            lifecycle.run(GRACE).await
        }
        Err(error) => Err(error),
    };
    Endpoints::forget(&dir);
    drop(stack);
    telemetry.shutdown()?;
    outcome
}

/// Runs some of the services of an installation whose plan is in a file, until SIGTERM.
pub(crate) async fn serve(arguments: ServeArgs, output: Output) -> anyhow::Result<()> {
    let path = &arguments.plan;
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let plan: Plan = serde_json::from_str(&text).context("the file is not a plan")?;
    let dir = path.parent().context("the plan is not in a folder")?;
    let telemetry = services::log_to_file(dir, "serve.log")?;
    if arguments.migrate {
        services::migrate_all(&plan.servers).await?;
    }
    let lifecycle = Lifecycle::new();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    services::start(&plan, &arguments.service, &clock, &lifecycle).await?;
    output.value(&serde_json::to_value(plan.endpoints())?)?;
    let outcome = lifecycle.run(GRACE).await;
    telemetry.shutdown()?;
    outcome
}

/// Where everything is.
pub(crate) fn announce(endpoints: &Endpoints, output: Output) -> anyhow::Result<()> {
    if output.is_json() {
        return output.value(&serde_json::to_value(endpoints)?);
    }
    let mut table = table(["Service", "Address"]);
    for (name, address) in [
        ("contacts (gRPC)", &endpoints.contacts),
        ("segmentation (gRPC)", &endpoints.segmentation),
        ("broadcast (gRPC)", &endpoints.broadcast),
        ("reporting (gRPC)", &endpoints.reporting),
        (
            "ingress (HTTP: webhooks, links, orders)",
            &endpoints.ingress,
        ),
        ("events (NATS)", &endpoints.nats),
    ] {
        table.add_row([name, address]);
    }
    output.line(&format!(
        "{table}\nready; Ctrl-C stops it. In another terminal: cargo fanfare account connect --help"
    ))
}
