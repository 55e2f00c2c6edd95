use std::sync::Arc;

use bootstrap::{Lifecycle, SystemClock};
use broadcast::Config;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::load()?;
    let telemetry = telemetry::init("broadcast", &config.telemetry)?;
    let outcome = run(config).await;
    telemetry.shutdown()?;
    outcome
}

async fn run(config: Config) -> anyhow::Result<()> {
    let grace_period = config.grace_period();
    let lifecycle = Lifecycle::new();
    broadcast::start(config, Arc::new(SystemClock), &lifecycle).await?;
    lifecycle.run(grace_period).await
}
