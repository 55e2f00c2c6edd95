use std::time::Duration;

use bootstrap::{NatsConfig, PostgresConfig};
use channels::Timeouts;
use chrono::TimeDelta;
use secrecy::SecretString;
use serde::Deserialize;
use telemetry::TelemetryConfig;
use vault::VaultConfig;

const DEFAULTS: &str = include_str!("../config.toml");

/// Everything that differs between environments.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Shorter than the pod's `terminationGracePeriodSeconds`.
    pub grace_period_seconds: u64,
    /// For a new log only.
    pub log_partitions: i16,
    /// The broadcast context's database.
    pub postgres: PostgresConfig,
    pub vault: VaultConfig,
    pub nats: NatsConfig,
    pub telemetry: TelemetryConfig,
    pub line: LineConfig,
    pub meta: MetaConfig,
    pub mail: MailConfig,
    pub links: LinksConfig,
    pub sending: SendingConfig,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineConfig {
    pub base_url: String,
    /// Calls for one account. Below LINE's own limit, since ours and its clocks differ.
    pub multicasts_per_second: u32,
    /// Calls for one account where each person gets links of their own.
    pub pushes_per_second: u32,
    pub connect_timeout_seconds: u64,
    pub request_timeout_seconds: u64,
}

/// Messenger and WhatsApp, which take one person a call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetaConfig {
    pub base_url: String,
    pub graph_version: String,
    /// Calls for one Page.
    pub messenger_per_second: u32,
    /// Calls for one phone number.
    pub whatsapp_per_second: u32,
    /// People in a window. There is no key under which a call could be repeated, so that whoever is in an
    /// open window of a process that died is never sent to again.
    pub window_recipients: u32,
    /// Windows of one account that are open at the same time.
    pub windows_in_flight: u32,
    pub connect_timeout_seconds: u64,
    pub request_timeout_seconds: u64,
}

/// E-mail, one person a mail.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// Mails for one account.
    pub per_second: u32,
    /// As for Meta: SMTP has no key under which a mail could be repeated.
    pub window_recipients: u32,
    /// Windows of one account that are open at the same time. With the number above, so many connections.
    pub windows_in_flight: u32,
    pub connect_timeout_seconds: u64,
    /// For each answer but the last.
    pub request_timeout_seconds: u64,
    /// For the answer to a whole mail: whoever gives up early has made it a doubt.
    pub end_timeout_seconds: u64,
}

/// How a person's own link to leave is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinksConfig {
    /// Where people's browsers and mail programs reach the ingress.
    pub base_url: String,
    /// Signs what names a person. The same as the ingress's.
    pub secret: SecretString,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendingConfig {
    /// Chunks of one account that are sent at the same time.
    pub windows_in_flight: u32,
    /// How long an account waits for a new worker after its own died.
    pub lease_seconds: u32,
    /// How long after a window's start its retry key protects from sending twice. With the request's
    /// timeout, less than the 24 hours that LINE remembers a key.
    pub ambiguity_limit_hours: u32,
    /// Between attempts while another send reserves the month's quota.
    pub quota_retry_seconds: u64,
    /// Between looks for work, while there is some.
    pub poll_milliseconds_min: u64,
    /// Between looks for work, while there is none.
    pub poll_milliseconds_max: u64,
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

impl LineConfig {
    pub(crate) fn timeouts(&self) -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(self.connect_timeout_seconds),
            request: Duration::from_secs(self.request_timeout_seconds),
        }
    }
}

impl MetaConfig {
    pub(crate) fn timeouts(&self) -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(self.connect_timeout_seconds),
            request: Duration::from_secs(self.request_timeout_seconds),
        }
    }
}

impl MailConfig {
    pub(crate) fn timeouts(&self) -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(self.connect_timeout_seconds),
            request: Duration::from_secs(self.request_timeout_seconds),
        }
    }

    pub(crate) fn end_timeout(&self) -> Duration {
        Duration::from_secs(self.end_timeout_seconds)
    }
}

impl SendingConfig {
    pub(crate) fn lease(&self) -> Duration {
        Duration::from_secs(u64::from(self.lease_seconds))
    }

    pub(crate) fn ambiguity_limit(&self) -> TimeDelta {
        TimeDelta::hours(i64::from(self.ambiguity_limit_hours))
    }

    pub(crate) fn quota_retry(&self) -> Duration {
        Duration::from_secs(self.quota_retry_seconds)
    }

    pub(crate) fn poll_min(&self) -> Duration {
        Duration::from_millis(self.poll_milliseconds_min)
    }

    pub(crate) fn poll_max(&self) -> Duration {
        Duration::from_millis(self.poll_milliseconds_max)
    }
}
