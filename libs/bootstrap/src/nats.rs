use anyhow::Context as _;
use async_nats::{Client, ConnectOptions, Event};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tracing::{info, warn};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NatsConfig {
    /// May carry credentials.
    pub url: SecretString,
}

/// A client that is shown as `name` by the server, and that reconnects for ever.
///
/// It is returned before it is connected: commands are durable in Postgres, so that a service
/// also starts while NATS is down.
pub async fn connect_nats(config: &NatsConfig, name: &str) -> anyhow::Result<Client> {
    ConnectOptions::new()
        .name(name)
        .retry_on_initial_connect()
        .max_reconnects(None)
        .event_callback(|event| async move { log(&event) })
        .connect(config.url.expose_secret())
        .await
        .context("invalid NATS URL")
}

fn log(event: &Event) {
    match event {
        Event::Connected => info!("connected to NATS"),
        Event::Draining | Event::Closed => info!(%event, "NATS connection ends"),
        Event::Disconnected
        | Event::LameDuckMode
        | Event::SlowConsumer(_)
        | Event::ServerError(_)
        | Event::ClientError(_) => warn!(%event, "trouble with NATS"),
    }
}
