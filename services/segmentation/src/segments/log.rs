use async_nats::Client;
use bootstrap::Lifecycle;
use event_bus::{Consumer, ConsumerConfig, LogSource, Progress, Relay};
use event_store::{EventStore, LogConfig};
use sqlx::PgPool;

use super::projection::SegmentsProjection;

const LOG: &str = "segments";
/// People save segments by hand.
const PARTITIONS: i16 = 1;
/// The consumer's name is stored, so never changed.
const PROJECTION: ConsumerConfig = ConsumerConfig {
    name: "segments",
    log: LOG,
};

/// The log of saved segments, and how far its read model is.
#[derive(Debug, Clone)]
pub(crate) struct SegmentsLog {
    pub(crate) store: EventStore,
    pub(crate) progress: Progress,
}

impl SegmentsLog {
    /// Opens the log, and starts all that goes with it.
    pub(crate) async fn start(
        pool: PgPool,
        nats: &Client,
        lifecycle: &Lifecycle,
    ) -> anyhow::Result<Self> {
        let config = LogConfig {
            name: LOG,
            partitions: PARTITIONS,
        };
        let (store, appender) = EventStore::open(pool.clone(), &config).await?;
        lifecycle.spawn("segments appender", async move {
            appender.run().await;
            Ok(())
        });
        let relay = Relay::new(store.clone(), nats.clone());
        lifecycle.spawn("segments relay", relay.run(lifecycle.shutdown()));
        let source = LogSource::Local(store.clone());
        let projection = Consumer::new(PROJECTION, pool, nats.clone(), source, SegmentsProjection);
        let progress = projection.progress();
        lifecycle.spawn("segments", projection.run(lifecycle.shutdown()));
        Ok(Self { store, progress })
    }
}
