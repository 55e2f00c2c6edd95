use std::{sync::Arc, time::Duration};

use bootstrap::{Lifecycle, SystemClock};
use delivery::Config;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::load()?;
    let telemetry = telemetry::init("delivery", &config.telemetry)?;
    let outcome = run(config).await;
    telemetry.shutdown()?;
    outcome
}

async fn run(config: Config) -> anyhow::Result<()> {
    let grace = Duration::from_secs(config.grace_period_seconds);
    let lifecycle = Lifecycle::new();
    delivery::start(config, Arc::new(SystemClock), &lifecycle).await?;
    lifecycle.run(grace).await
}
