use std::net::SocketAddr;

use bootstrap::{AuthConfig, NatsConfig, PostgresConfig};
use secrecy::SecretString;
use serde::Deserialize;
use telemetry::TelemetryConfig;
use vault::VaultConfig;

const DEFAULTS: &str = include_str!("../config.toml");

/// Everything that differs between environments.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// gRPC: the log, for other services.
    pub listen: SocketAddr,
    /// HTTP: webhooks, links and orders, for the world.
    pub http_listen: SocketAddr,
    /// Shorter than the pod's `terminationGracePeriodSeconds`.
    pub grace_period_seconds: u64,
    /// For a new log only.
    pub log_partitions: i16,
    pub postgres: PostgresConfig,
    pub vault: VaultConfig,
    pub nats: NatsConfig,
    pub auth: AuthConfig,
    pub telemetry: TelemetryConfig,
    pub peers: Peers,
    pub links: LinksConfig,
}

/// Whose logs are followed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    pub contacts_url: String,
    pub broadcast_url: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinksConfig {
    /// Signs link tokens. The same as the broadcast service's.
    pub secret: SecretString,
}

impl Config {
    pub fn load() -> anyhow::Result<Self> {
        bootstrap::load_config(DEFAULTS)
    }

    /// For a process that runs several services: `overrides` (TOML) come after the defaults.
    pub fn load_with(overrides: &str) -> anyhow::Result<Self> {
        bootstrap::load_config_with(DEFAULTS, overrides)
    }
}
