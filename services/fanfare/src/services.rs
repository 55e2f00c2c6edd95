use std::{net::SocketAddr, path::Path, sync::Arc};

use anyhow::Context as _;
use bootstrap::{AuthConfig, Clock, Lifecycle, issue_token};
use clap::ValueEnum;
use local_stack::{Database, create_database, free_port, migrate};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use toml::{Table, Value, toml};
use uuid::Uuid;

use crate::{endpoints::Endpoints, secrets::Secrets};

/// A laptop's logs have few partitions.
const LOG_PARTITIONS: i64 = 4;

/// The servers that all services share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Servers {
    /// A Postgres database that exists; the services' own stand beside it.
    pub(crate) admin_url: String,
    pub(crate) nats_url: String,
}

/// Everything that the services of an installation are configured from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) servers: Servers,
    pub(crate) secrets: Secrets,
    pub(crate) line_url: String,
    /// Left out: Meta's own.
    #[serde(default)]
    pub(crate) meta_url: Option<String>,
    /// Where people's browsers reach the ingress. Left out: on this machine.
    #[serde(default)]
    pub(crate) links_url: Option<String>,
    pub(crate) ports: Ports,
    /// More of delivery's configuration, for tests and benchmarks: `{"sending": {"lease_seconds": 1}}`.
    #[serde(default)]
    pub(crate) delivery: Table,
}

/// Where each service listens, on this machine.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Ports {
    contacts: u16,
    segmentation: u16,
    broadcast: u16,
    ingress: u16,
    reporting: u16,
    http: u16,
}

impl Ports {
    /// Six ports from `first` on.
    pub(crate) fn from(first: u16) -> Self {
        Self {
            contacts: first,
            segmentation: first + 1,
            broadcast: first + 2,
            ingress: first + 3,
            reporting: first + 4,
            http: first + 5,
        }
    }

    pub(crate) fn free() -> anyhow::Result<Self> {
        Ok(Self {
            contacts: free_port()?,
            segmentation: free_port()?,
            broadcast: free_port()?,
            ingress: free_port()?,
            reporting: free_port()?,
            http: free_port()?,
        })
    }
}

/// A process of its own in production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Service {
    Contacts,
    Segmentation,
    Broadcast,
    Delivery,
    Ingress,
    Reporting,
}

/// Makes every service's database, and brings it up to date.
pub(crate) async fn migrate_all(servers: &Servers) -> anyhow::Result<()> {
    for database in Database::ALL {
        create_database(&servers.admin_url, database.name()).await?;
        let url = local_stack::with_database(&servers.admin_url, database.name());
        let pool = PgPool::connect(&url)
            .await
            .context("cannot connect to Postgres")?;
        migrate(database, &pool).await?;
        pool.close().await;
    }
    Ok(())
}

/// Starts `services` in this process: the same code and configuration as one process each.
pub(crate) async fn start(
    plan: &Plan,
    services: &[Service],
    clock: &Arc<dyn Clock>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<()> {
    for service in services {
        let clock = Arc::clone(clock);
        match service {
            Service::Contacts => {
                let config = contacts::Config::load_with(&plan.contacts())?;
                contacts::start(config, clock, &lifecycle.child("contacts")).await?;
            }
            Service::Segmentation => {
                let config = segmentation::Config::load_with(&plan.segmentation())?;
                segmentation::start(config, clock, &lifecycle.child("segmentation")).await?;
            }
            Service::Broadcast => {
                let config = broadcast::Config::load_with(&plan.broadcast())?;
                broadcast::start(config, clock, &lifecycle.child("broadcast")).await?;
            }
            Service::Delivery => {
                let config = delivery::Config::load_with(&plan.delivery())?;
                delivery::start(config, clock, &lifecycle.child("delivery")).await?;
            }
            Service::Ingress => {
                let config = ingress::Config::load_with(&plan.ingress())?;
                ingress::start(config, clock, &lifecycle.child("ingress")).await?;
            }
            Service::Reporting => {
                let config = reporting::Config::load_with(&plan.reporting())?;
                reporting::start(config, clock, &lifecycle.child("reporting")).await?;
            }
        }
    }
    Ok(())
}

/// What this process knows better than the services' own defaults, as TOML.
impl Plan {
    /// What every service has, with its own database.
    fn common(&self, port: u16, database: Database) -> Table {
        let url = |database: Database| {
            local_stack::with_database(&self.servers.admin_url, database.name())
        };
        let (listen, postgres) = (listen(port), url(database));
        let (vault, nats) = (url(Database::Vault), self.servers.nats_url.clone());
        let (auth, master_key) = (self.secrets.auth.clone(), self.secrets.master_key.clone());
        let mut table = toml! {
            grace_period_seconds = 10
            [telemetry]
            filter = "info"
        };
        table.insert("listen".to_owned(), listen.into());
        insert(&mut table, "postgres", "url", postgres);
        insert(&mut table, "nats", "url", nats);
        insert(&mut table, "auth", "secret", auth);
        insert(&mut table, "vault", "master_key", master_key);
        let mut vault_postgres = Table::new();
        vault_postgres.insert("url".to_owned(), vault.into());
        if let Some(Value::Table(section)) = table.get_mut("vault") {
            section.insert("postgres".to_owned(), vault_postgres.into());
        }
        table
    }

    fn with_log(&self, port: u16, database: Database) -> Table {
        let mut table = self.common(port, database);
        table.insert("log_partitions".to_owned(), LOG_PARTITIONS.into());
        table
    }

    fn contacts(&self) -> String {
        let mut table = self.with_log(self.ports.contacts, Database::Contacts);
        insert(
            &mut table,
            "peers",
            "ingress_url",
            address(self.ports.ingress),
        );
        insert(
            &mut table,
            "peers",
            "broadcast_url",
            address(self.ports.broadcast),
        );
        insert(
            &mut table,
            "peers",
            "segmentation_url",
            address(self.ports.segmentation),
        );
        table.to_string()
    }

    fn segmentation(&self) -> String {
        let mut table = self.common(self.ports.segmentation, Database::Segmentation);
        insert(
            &mut table,
            "peers",
            "contacts_url",
            address(self.ports.contacts),
        );
        table.to_string()
    }

    fn broadcast(&self) -> String {
        let mut table = self.with_log(self.ports.broadcast, Database::Broadcast);
        insert(
            &mut table,
            "peers",
            "contacts_url",
            address(self.ports.contacts),
        );
        insert(
            &mut table,
            "peers",
            "segmentation_url",
            address(self.ports.segmentation),
        );
        insert(
            &mut table,
            "peers",
            "ingress_url",
            address(self.ports.ingress),
        );
        insert(&mut table, "line", "base_url", self.line_url.clone());
        if let Some(meta_url) = &self.meta_url {
            insert(&mut table, "meta", "base_url", meta_url.clone());
        }
        insert(&mut table, "links", "secret", self.secrets.links.clone());
        insert(&mut table, "links", "base_url", self.links_url());
        table.to_string()
    }

    fn delivery(&self) -> String {
        let mut table = self.with_log(0, Database::Broadcast);
        table.remove("listen");
        table.remove("auth");
        insert(&mut table, "line", "base_url", self.line_url.clone());
        if let Some(meta_url) = &self.meta_url {
            insert(&mut table, "meta", "base_url", meta_url.clone());
        }
        insert(&mut table, "links", "secret", self.secrets.links.clone());
        insert(&mut table, "links", "base_url", self.links_url());
        for (section, values) in &self.delivery {
            if let (Some(Value::Table(section)), Value::Table(values)) =
                (table.get_mut(section), values)
            {
                section.extend(values.clone());
            } else {
                table.insert(section.clone(), values.clone());
            }
        }
        table.to_string()
    }

    fn ingress(&self) -> String {
        let mut table = self.with_log(self.ports.ingress, Database::Ingress);
        table.insert("http_listen".to_owned(), listen(self.ports.http).into());
        insert(
            &mut table,
            "peers",
            "contacts_url",
            address(self.ports.contacts),
        );
        insert(
            &mut table,
            "peers",
            "broadcast_url",
            address(self.ports.broadcast),
        );
        insert(&mut table, "links", "secret", self.secrets.links.clone());
        table.to_string()
    }

    fn reporting(&self) -> String {
        let mut table = self.common(self.ports.reporting, Database::Reporting);
        // It opens nothing that is sealed.
        table.remove("vault");
        insert(
            &mut table,
            "peers",
            "contacts_url",
            address(self.ports.contacts),
        );
        insert(
            &mut table,
            "peers",
            "broadcast_url",
            address(self.ports.broadcast),
        );
        insert(
            &mut table,
            "peers",
            "ingress_url",
            address(self.ports.ingress),
        );
        table.to_string()
    }

    fn links_url(&self) -> String {
        self.links_url
            .clone()
            .unwrap_or_else(|| address(self.ports.http))
    }

    /// For clients on this machine, as the installation's one team.
    pub(crate) fn endpoints(&self) -> Endpoints {
        let auth = AuthConfig {
            secret: self.secrets.auth.clone().into(),
        };
        let team_id = self.secrets.team_id;
        Endpoints {
            contacts: address(self.ports.contacts),
            segmentation: address(self.ports.segmentation),
            broadcast: address(self.ports.broadcast),
            reporting: address(self.ports.reporting),
            ingress_log: address(self.ports.ingress),
            ingress: address(self.ports.http),
            nats: self.servers.nats_url.clone(),
            team_id,
            token: issue_token(&auth, team_id, "person:laptop"),
            operator_token: issue_token(&auth, Uuid::nil(), "service:operator"),
        }
    }
}

fn listen(port: u16) -> String {
    SocketAddr::from(([127, 0, 0, 1], port)).to_string()
}

fn address(port: u16) -> String {
    format!("http://{}", listen(port))
}

fn insert(table: &mut Table, section: &str, key: &str, value: String) {
    let section = table
        .entry(section)
        .or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(section) = section {
        section.insert(key.to_owned(), value.into());
    }
}

/// Logs go to a file, so that the terminal is the user's.
pub(crate) fn log_to_file(dir: &Path, name: &str) -> anyhow::Result<telemetry::TelemetryGuard> {
    let config = telemetry::TelemetryConfig {
        filter: std::env::var("FANFARE_LOG").unwrap_or_else(|_| "info".to_owned()),
        format: telemetry::LogFormat::Text,
        otlp_endpoint: std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT").ok(),
        sample_ratio: 1.0,
    };
    let file = telemetry::open_log_file(&dir.join("log").join(name))?;
    telemetry::init_with_writer("fanfare", &config, file)
}
