use std::{net::SocketAddr, time::Duration};

use bootstrap::{AuthConfig, NatsConfig, PostgresConfig};
use serde::Deserialize;
use telemetry::TelemetryConfig;

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
    pub postgres: PostgresConfig,
    pub nats: NatsConfig,
    pub auth: AuthConfig,
    pub peers: Peers,
    pub telemetry: TelemetryConfig,
}

/// gRPC of those whose logs are read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    pub contacts_url: String,
    pub broadcast_url: String,
    pub ingress_url: String,
}

impl Config {
    pub fn load() -> anyhow::Result<Self> {
        bootstrap::load_config(DEFAULTS)
    }

    /// For a process that runs several services: `overrides` (TOML) come after the defaults.
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
