use std::{net::SocketAddr, time::Duration};

use bootstrap::{AuthConfig, NatsConfig, PostgresConfig};
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
    pub telemetry: TelemetryConfig,
}

/// The services that this one calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    /// gRPC of the ingress, whose log has the webhooks.
    pub ingress_url: String,
    /// gRPC of broadcasts, whose log says who was sent to.
    pub broadcast_url: String,
    /// gRPC of segmentation, which knows who matches a filter.
    pub segmentation_url: String,
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

#[cfg(test)]
mod tests {
    use super::Config;

    /// What an installation has to set: addresses and secrets.
    const REQUIRED: &str = "
        [postgres]
        url = 'postgres://contacts'
        [vault]
        master_key = 'AAAA'
        [vault.postgres]
        url = 'postgres://vault'
        [nats]
        url = 'nats://nats'
        [auth]
        secret = '0a1b2c3d4e5f60718293a4b5c6d7e8f9'
    ";

    #[test]
    fn only_addresses_and_secrets_have_no_default() {
        assert!(Config::load_with("").is_err());
        let config = Config::load_with(REQUIRED).unwrap();
        assert!(config.drain_period() < config.grace_period());
    }
}
