use std::{net::SocketAddr, time::Duration};

use bootstrap::{AuthConfig, NatsConfig, PostgresConfig};
use secrecy::SecretString;
use serde::Deserialize;
use telemetry::TelemetryConfig;
use vault::VaultConfig;

const DEFAULTS: &str = include_str!("../config.toml");
/// Of the grace period, for what is left to do when the last call is answered.
const AFTER_DRAIN: Duration = Duration::from_secs(2);

/// Everything that differs between environments.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub listen: SocketAddr,
    /// Shorter than the pod's `terminationGracePeriodSeconds`.
    pub grace_period_seconds: u64,
    /// Of a log that is made now. An existing log keeps its own.
    pub log_partitions: i16,
    pub postgres: PostgresConfig,
    pub vault: VaultConfig,
    pub nats: NatsConfig,
    pub auth: AuthConfig,
    pub peers: Peers,
    pub line: LineConfig,
    pub meta: MetaConfig,
    pub links: LinksConfig,
    pub telemetry: TelemetryConfig,
}

/// Where LINE is asked for quota, and whether it would take a message.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineConfig {
    pub base_url: String,
}

/// Where Meta is asked for templates, and whether an account may send.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetaConfig {
    pub base_url: String,
    /// Of the Graph API: `v25.0`.
    pub graph_version: String,
}

/// How tracked links are written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinksConfig {
    /// Where people's browsers reach the ingress.
    pub base_url: String,
    /// Signs link tokens. The same as the ingress's.
    pub secret: SecretString,
}

/// The services that this one calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    /// gRPC of contacts, whose log has the accounts.
    pub contacts_url: String,
    /// gRPC of segmentation, which says who is in an audience.
    pub segmentation_url: String,
    /// gRPC of the ingress, whose log has what channels tell of messages.
    pub ingress_url: String,
}

impl Config {
    pub fn load() -> anyhow::Result<Self> {
        bootstrap::load_config(DEFAULTS)
    }

    /// As [`Config::load`], with `overrides` (TOML) before the environment.
    pub fn load_with(overrides: &str) -> anyhow::Result<Self> {
        bootstrap::load_config_with(DEFAULTS, overrides)
    }

    pub fn grace_period(&self) -> Duration {
        Duration::from_secs(self.grace_period_seconds)
    }

    /// How long calls in flight may take to finish.
    pub(crate) fn drain_period(&self) -> Duration {
        self.grace_period().saturating_sub(AFTER_DRAIN)
    }
}
