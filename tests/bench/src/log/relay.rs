use std::time::{Duration, Instant};

use anyhow::Context as _;
use async_nats::{Client, jetstream};
use event_bus::{Relay, stream_name};
use event_store::{EventStore, LogConfig, LogPosition, read_heads};
use sqlx::PgPool;
use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{Options, raw::per_second};

const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// How many events a second the relay copies from a filled log into JetStream that syncs every batch.
pub(super) async fn measure(pool: &PgPool, nats: Client, options: &Options) -> anyhow::Result<f64> {
    let config = LogConfig {
        name: "contacts",
        partitions: options.partitions,
    };
    let (store, _appender) = EventStore::open(pool.clone(), &config).await?;
    let heads = read_heads(pool).await?;
    let jetstream = jetstream::new(nats.clone());
    let stop = CancellationToken::new();
    let mut relay = JoinSet::new();

    let started = Instant::now();
    let deadline = started + options.time_max();
    relay.spawn(Relay::new(store, nats).run(stop.clone()));
    let mut relayed = 0;
    while Instant::now() < deadline && !is_level(&jetstream, &heads, &mut relayed).await? {
        sleep(POLL_INTERVAL).await;
    }
    let events_per_second = per_second(relayed, started);

    stop.cancel();
    while let Some(ended) = relay.join_next().await {
        ended.context("the relay panicked")??;
    }
    Ok(events_per_second)
}

/// Whether each partition's stream has the whole partition. Says how much all have.
async fn is_level(
    jetstream: &jetstream::Context,
    heads: &[LogPosition],
    relayed: &mut u64,
) -> anyhow::Result<bool> {
    let mut level = true;
    *relayed = 0;
    for head in heads {
        let name = stream_name("contacts", head.partition, 1);
        // Until the relay has made it, there is none.
        let sequence = match jetstream.get_stream(name).await {
            Ok(stream) => stream.cached_info().state.last_sequence,
            Err(_) => 0,
        };
        *relayed += sequence;
        level &= sequence == head.position.unsigned_abs();
    }
    Ok(level)
}
