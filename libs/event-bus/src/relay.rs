use std::time::Duration;

use async_nats::{Client, jetstream};
use event_store::{EventStore, LogPosition, read_head, read_log};
use futures_util::future::{join, join_all};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use crate::{
    batch::{BATCH_EVENTS_MAX, publish},
    heads::{raise, watch_heads},
    lease::while_leader,
    topology::ensure_stream,
};

/// With nothing to publish, how often the stream is looked at for having been lost.
const AUDIT_INTERVAL: Duration = Duration::from_secs(1);
const RETRY_AFTER: Duration = Duration::from_millis(200);
/// Between two alarms of a stream that is ahead of its log.
const ALARM_INTERVAL: Duration = Duration::from_secs(10);

/// Publishes a log to JetStream, so that a stream's sequences are its partition's positions.
///
/// Every process that owns the log runs one; the one that holds the lock works and the rest wait.
#[derive(Debug, Clone)]
pub struct Relay {
    store: EventStore,
    client: Client,
    jetstream: jetstream::Context,
}

impl Relay {
    #[must_use]
    pub fn new(store: EventStore, client: Client) -> Self {
        let jetstream = jetstream::new(client.clone());
        Self {
            store,
            client,
            jetstream,
        }
    }

    /// Runs until `shutdown`. What goes wrong meanwhile is logged and tried again.
    pub async fn run(self, shutdown: CancellationToken) -> anyhow::Result<()> {
        let lock = format!("relay:{}", self.store.meta().name);
        let work = |leading| self.relay_all(leading);
        while_leader(self.store.pool(), &lock, &shutdown, work).await;
        Ok(())
    }

    async fn relay_all(&self, leading: CancellationToken) {
        let own = self.store.heads();
        let (heads, watched): (Vec<_>, Vec<_>) = own.iter().map(|_| watch::channel(0_i64)).unzip();
        let forwards = own
            .into_iter()
            .zip(heads.clone())
            .map(|(own, head)| forward(own, head, leading.clone()));
        let partitions = (0_i16..)
            .zip(watched)
            .map(|(partition, head)| self.relay_partition(partition, head, leading.clone()));
        let watching = watch_heads(self.store.clone(), heads.clone(), leading.clone());
        join(join(join_all(partitions), join_all(forwards)), watching).await;
    }

    async fn relay_partition(
        &self,
        partition: i16,
        mut head: watch::Receiver<i64>,
        leading: CancellationToken,
    ) {
        while !leading.is_cancelled() {
            let outcome = tokio::select! {
                outcome = self.follow(partition, &mut head) => outcome,
                () = leading.cancelled() => return,
            };
            if let Err(error) = outcome {
                let log = &self.store.meta().name;
                warn!(
                    log,
                    partition,
                    error = format!("{error:#}"),
                    "relay starts anew"
                );
                sleep(RETRY_AFTER).await;
            }
        }
    }

    /// Publishes what the stream lacks, then what is appended. Ends when the stream is not where
    /// it was left, and has to be looked at again.
    async fn follow(&self, partition: i16, head: &mut watch::Receiver<i64>) -> anyhow::Result<()> {
        let meta = self.store.meta();
        let logged = read_head(self.store.pool(), partition).await?;
        let mut published = ensure_stream(
            &self.jetstream,
            &meta.name,
            partition,
            meta.generation,
            logged,
        )
        .await?;
        if published > logged {
            error!(
                log = meta.name,
                partition,
                published,
                logged,
                "ALARM: JetStream is ahead of the log, which was restored to an earlier point; \
                 raise log_meta.generation and rebuild the read models"
            );
            sleep(ALARM_INTERVAL).await;
            return Ok(());
        }
        loop {
            let after = LogPosition {
                partition,
                position: published,
            };
            let events = read_log(self.store.pool(), after, BATCH_EVENTS_MAX).await?;
            if !events.is_empty() {
                published = publish(&self.client, &meta.name, &events).await?;
                debug!(log = meta.name, partition, published, "relayed events");
                continue;
            }
            let news = head.wait_for(|head| *head > published);
            if timeout(AUDIT_INTERVAL, news).await.is_err() {
                let logged = read_head(self.store.pool(), partition).await?;
                let found = ensure_stream(
                    &self.jetstream,
                    &meta.name,
                    partition,
                    meta.generation,
                    logged,
                )
                .await?;
                if found != published {
                    return Ok(());
                }
            }
        }
    }
}

/// Passes on what this process appends, without waiting for the next poll.
async fn forward(
    mut own: watch::Receiver<i64>,
    head: watch::Sender<i64>,
    leading: CancellationToken,
) {
    loop {
        raise(&head, *own.borrow_and_update());
        tokio::select! {
            changed = own.changed() => if changed.is_err() { return },
            () = leading.cancelled() => return,
        }
    }
}
