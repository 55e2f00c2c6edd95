use std::time::Instant;

use anyhow::Context as _;
use event_bus::{
    ConsistencyToken, Consumer, ConsumerConfig, Handler, HandlerError, LogSource, Relay,
};
use event_store::{EventStore, LogConfig, LoggedEvent};
use local_stack::Database;
use sqlx::{PgPool, PgTransaction};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Options, events::Workload};
use crate::{latency::Latency, servers::Servers};

/// A name of its own, since the JetStream streams of the other log are full.
const LOG: &str = "visible";
const WARM_UP: u32 = 20;
const TABLE: &str = "CREATE TABLE seen (stream_id uuid PRIMARY KEY, version bigint NOT NULL)";

/// How long it takes from a command until a query finds it in a read model of another database, by
/// way of the log, the relay, JetStream and a consumer, while nothing else goes on.
pub(super) async fn measure(
    servers: &Servers,
    workload: &Workload,
    options: &Options,
) -> anyhow::Result<Latency> {
    let log = servers.database("visible_log", Database::Contacts).await?;
    let read_models = servers
        .database("visible_reads", Database::Segmentation)
        .await?;
    sqlx::raw_sql(TABLE).execute(&read_models).await?;
    let nats = servers.nats().await?;
    let config = LogConfig {
        name: LOG,
        partitions: options.partitions,
    };
    let (store, appender) = EventStore::open(log, &config).await?;
    let consumer = Consumer::new(
        ConsumerConfig {
            name: "bench.seen",
            log: LOG,
        },
        read_models.clone(),
        nats.clone(),
        LogSource::Local(store.clone()),
        Seen,
    );
    let progress = consumer.progress();
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    tasks.spawn(async {
        appender.run().await;
        anyhow::Ok(())
    });
    tasks.spawn(Relay::new(store.clone(), nats).run(stop.clone()));
    tasks.spawn(consumer.run(stop.clone()));

    let mut times = Vec::new();
    let deadline = Instant::now() + options.time_max();
    for nth in 0..WARM_UP + options.visible {
        let command = workload.command(nth.into());
        let stream = command.stream.id;
        let started = Instant::now();
        let appended = store.append(command).await?;
        progress
            .wait_for(&ConsistencyToken::of(LOG, appended.at))
            .await?;
        let time = started.elapsed();
        check(&read_models, stream).await?;
        if nth >= WARM_UP {
            times.push(time);
        }
        if Instant::now() > deadline {
            break;
        }
    }
    stop.cancel();
    drop(store);
    while let Some(ended) = tasks.join_next().await {
        ended.context("a task panicked")??;
    }
    Latency::of(times)?.context("no command was awaited")
}

async fn check(read_models: &PgPool, stream: uuid::Uuid) -> anyhow::Result<()> {
    let version: Option<i64> = sqlx::query_scalar("SELECT version FROM seen WHERE stream_id = $1")
        .bind(stream)
        .fetch_optional(read_models)
        .await?;
    anyhow::ensure!(
        version == Some(1),
        "a command was said to be visible and was not"
    );
    Ok(())
}

/// A read model of a row a stream.
struct Seen;

impl Handler for Seen {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        events: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let (streams, versions): (Vec<_>, Vec<_>) = events
            .iter()
            .map(|event| (event.stream_id, event.version))
            .unzip();
        sqlx::query(
            "INSERT INTO seen (stream_id, version)
             SELECT x.stream_id, max(x.version) FROM unnest($1::uuid[], $2::bigint[]) x(stream_id, version)
             GROUP BY x.stream_id
             ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version",
        )
        .bind(streams)
        .bind(versions)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}
