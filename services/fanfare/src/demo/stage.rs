use std::{path::Path, sync::Arc, time::Duration};

use bootstrap::{Clock, Lifecycle, ShiftedClock};
use chrono::TimeDelta;
use clap::ValueEnum as _;
use local_stack::{Binaries, Nats, NatsOptions, Postgres, PostgresOptions, Storage};
use tokio::task::block_in_place;

use super::simulate::SimulatorProcess;
use crate::{
    endpoints::Endpoints,
    output::Output,
    secrets::Secrets,
    services::{self, Plan, Ports, Servers, Service},
};

/// The demo's clock starts this long ago, so that a week of orders can follow its broadcast.
pub(crate) const WEEK: TimeDelta = TimeDelta::days(7);

const MAILS_A_SECOND: i64 = 200;

/// Everything that the demo plays on. Its data is gone with it.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) endpoints: Endpoints,
    pub(crate) simulator: SimulatorProcess,
    pub(crate) clock: Arc<ShiftedClock>,
    pub(crate) lifecycle: Lifecycle,
    telemetry: telemetry::TelemetryGuard,
    _postgres: Postgres,
    _nats: Nats,
}

impl Stage {
    pub(crate) async fn build(dir: &Path, seed: u64, output: Output) -> anyhow::Result<Self> {
        let telemetry = services::log_to_file(dir, "demo.log")?;
        let (postgres, nats) = block_in_place(|| start_servers(dir, output))?;
        let servers = Servers {
            admin_url: postgres.admin_url(),
            nats_url: nats.url(),
        };
        services::migrate_all(&servers).await?;
        let simulator = SimulatorProcess::start(seed).await?;
        let clock = Arc::new(ShiftedClock::new(-WEEK));
        let plan = Plan {
            servers,
            secrets: Secrets::generate()?,
            line_url: simulator.url.clone(),
            meta_url: Some(simulator.url.clone()),
            links_url: None,
            ports: Ports::free()?,
            delivery: delivery(),
        };
        let lifecycle = Lifecycle::new();
        let as_clock: Arc<dyn Clock> = clock.clone();
        output.note("starting contacts, segmentation, broadcast, delivery, ingress, reporting");
        services::start(&plan, Service::value_variants(), &as_clock, &lifecycle).await?;
        let endpoints = plan.endpoints();
        Ok(Self {
            endpoints,
            simulator,
            clock,
            lifecycle,
            telemetry,
            _postgres: postgres,
            _nats: nats,
        })
    }

    /// Ends the services, then the servers.
    pub(crate) async fn strike(self, grace: Duration) {
        self.lifecycle.shutdown().cancel();
        // What goes wrong now is in the log, and changes nothing of what was shown.
        drop(self.lifecycle.run(grace).await);
        drop(self.telemetry.shutdown());
    }
}

/// The demo's mail server is nobody else's, and takes as much as it is sent.
fn delivery() -> toml::Table {
    let mut mail = toml::Table::new();
    mail.insert("per_second".to_owned(), MAILS_A_SECOND.into());
    let mut delivery = toml::Table::new();
    delivery.insert("mail".to_owned(), mail.into());
    delivery
}

fn start_servers(dir: &Path, output: Output) -> anyhow::Result<(Postgres, Nats)> {
    let binaries = Binaries::provision(dir, |text| output.note(text))?;
    output.note("starting Postgres and NATS");
    let postgres = Postgres::start(&binaries, &PostgresOptions::new(Storage::ThrowAway))?;
    let nats = Nats::start(&binaries, &NatsOptions::new(Storage::ThrowAway))?;
    Ok((postgres, nats))
}
