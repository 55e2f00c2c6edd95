use std::sync::Arc;

use bootstrap::{Lifecycle, SystemClock};
use segmentation::Config;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::load()?;
    let telemetry = telemetry::init("segmentation", &config.telemetry)?;
    let outcome = run(config).await;
    telemetry.shutdown()?;
    outcome
}

async fn run(config: Config) -> anyhow::Result<()> {
    let grace_period = config.grace_period();
    let lifecycle = Lifecycle::new();
    segmentation::start(config, Arc::new(SystemClock), &lifecycle).await?;
    lifecycle.run(grace_period).await
}
