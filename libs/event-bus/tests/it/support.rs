use std::{
    collections::HashSet,
    sync::atomic::{AtomicU64, Ordering},
};

use async_nats::jetstream::stream::State;
use event_bus::{Consumer, ConsumerConfig, Handler, LogSource, Progress, Relay, stream_name};
use event_sourcing::StreamId;
use event_store::{
    Append, EventStore, Expected, LogConfig, LogPosition, LoggedEvent, NewEvent, read_heads,
    read_log,
};
use futures_util::future::join_all;
use local_stack::{Postgres, create_database, migrate};
use sqlx::PgPool;
use test_support::{Database, TestDatabase, TestNats, eventually};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

pub(crate) const TEAM: Uuid = Uuid::from_u128(0xfa);
pub(crate) const PARTITIONS: i16 = 2;

/// A log, a JetStream, and a database of read models.
pub(crate) struct Bus {
    pub(crate) store: EventStore,
    pub(crate) read_models: PgPool,
    pub(crate) nats: TestNats,
    streams: AtomicU64,
}

impl Bus {
    pub(crate) async fn start() -> Self {
        let (log, read_models) = tokio::join!(
            TestDatabase::create(Database::Contacts),
            TestDatabase::create(Database::Segmentation),
        );
        Self::over(log.pool, read_models.pool).await
    }

    /// On a Postgres of the test's own, which it may kill.
    pub(crate) async fn on(postgres: &Postgres) -> Self {
        let mut pools = Vec::new();
        for database in [Database::Contacts, Database::Segmentation] {
            create_database(&postgres.admin_url(), database.name())
                .await
                .unwrap();
            let pool = PgPool::connect(&postgres.url(database.name()))
                .await
                .unwrap();
            migrate(database, &pool).await.unwrap();
            pools.push(pool);
        }
        let [log, read_models] = pools.try_into().unwrap();
        Self::over(log, read_models).await
    }

    async fn over(log: PgPool, read_models: PgPool) -> Self {
        sqlx::query("CREATE TABLE tally (stream_id uuid PRIMARY KEY, events bigint NOT NULL, last_position bigint NOT NULL)")
            .execute(&read_models)
            .await
            .unwrap();
        Self {
            store: open(&log).await,
            read_models,
            nats: TestNats::start().await,
            streams: AtomicU64::new(0),
        }
    }

    /// Appends `count` events though Postgres may be away, repeating what was not answered.
    /// Returns the streams whose command was answered.
    pub(crate) async fn append_through(&self, count: usize) -> Vec<Uuid> {
        let appends = (0..count).map(|_| async {
            let stream = u128::from(self.streams.fetch_add(1, Ordering::Relaxed));
            let mut command = command(stream, "test.v1.Happened");
            command.request_id = Some(Uuid::from_u128(stream));
            eventually("an append is answered", async || {
                self.store.append(command.clone()).await.ok()
            })
            .await;
            Uuid::from_u128(stream)
        });
        join_all(appends).await
    }

    pub(crate) async fn logged_streams(&self) -> HashSet<Uuid> {
        let events = eventually("Postgres is back", async || {
            let streams: Vec<Uuid> = sqlx::query_scalar("SELECT stream_id FROM log_events")
                .fetch_all(self.store.pool())
                .await
                .ok()?;
            Some(streams)
        })
        .await;
        let count = events.len();
        let streams: HashSet<Uuid> = events.into_iter().collect();
        assert_eq!(
            streams.len(),
            count,
            "a repeated command was appended twice"
        );
        streams
    }

    /// Appends `count` events, each to a new stream, concurrently.
    pub(crate) async fn append(&self, count: usize) {
        append_to(&self.store, &self.streams, count).await;
    }

    /// One event of the given type to a new stream. Says where it is.
    pub(crate) async fn append_one(&self, event_type: &'static str) -> LogPosition {
        let stream = u128::from(self.streams.fetch_add(1, Ordering::Relaxed));
        self.store
            .append(command(stream, event_type))
            .await
            .unwrap()
            .at
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test has no lifecycle to spawn on"
    )]
    pub(crate) fn relay(&self) -> DropGuard {
        let stop = CancellationToken::new();
        tokio::spawn(Relay::new(self.store.clone(), self.nats.client.clone()).run(stop.clone()));
        stop.drop_guard()
    }

    /// Follows the log until the guard is dropped.
    #[expect(
        clippy::disallowed_methods,
        reason = "a test has no lifecycle to spawn on"
    )]
    pub(crate) fn consume<H: Handler>(&self, handler: H) -> (Progress, DropGuard) {
        let config = ConsumerConfig {
            name: "tally",
            log: "contacts",
        };
        let pool = self.read_models.clone();
        let source = LogSource::Local(self.store.clone());
        let consumer = Consumer::new(config, pool, self.nats.client.clone(), source, handler);
        let progress = consumer.progress();
        let stop = CancellationToken::new();
        tokio::spawn(consumer.run(stop.clone()));
        (progress, stop.drop_guard())
    }

    pub(crate) async fn heads(&self) -> Vec<i64> {
        let heads = read_heads(self.store.pool()).await.unwrap();
        heads.into_iter().map(|head| head.position).collect()
    }

    /// Waits until every stream has what the log has.
    pub(crate) async fn relayed(&self) {
        eventually("JetStream has the whole log", async || {
            let heads = self.heads().await;
            for (partition, head) in (0..PARTITIONS).zip(heads) {
                let state = self.stream(partition).await?;
                if state.last_sequence != head.unsigned_abs() {
                    return None;
                }
            }
            Some(())
        })
        .await;
    }

    pub(crate) async fn stream(&self, partition: i16) -> Option<State> {
        let name = stream_name("contacts", partition, 1);
        let stream = self.nats.jetstream.get_stream(name).await.ok()?;
        Some(stream.cached_info().state.clone())
    }

    /// Waits until the read model equals a fold of the log.
    pub(crate) async fn tallied(&self) {
        eventually("the read model is level with the log", async || {
            let reached: Option<i64> =
                sqlx::query_scalar("SELECT sum(position)::bigint FROM checkpoints")
                    .fetch_one(&self.read_models)
                    .await
                    .ok()?;
            (reached.unwrap_or_default() == self.heads().await.iter().sum::<i64>()).then_some(())
        })
        .await;
        assert_eq!(self.tally().await, self.fold().await);
    }

    /// The read model.
    async fn tally(&self) -> Vec<(Uuid, i64, i64)> {
        sqlx::query_as("SELECT stream_id, events, last_position FROM tally ORDER BY stream_id")
            .fetch_all(&self.read_models)
            .await
            .unwrap()
    }

    /// What the read model should be.
    async fn fold(&self) -> Vec<(Uuid, i64, i64)> {
        let mut tally = std::collections::BTreeMap::new();
        for event in self.events().await {
            let row = tally.entry(event.stream_id).or_insert((0, 0));
            *row = (row.0 + 1, event.at.position);
        }
        tally
            .into_iter()
            .map(|(stream, (events, last))| (stream, events, last))
            .collect()
    }

    async fn events(&self) -> Vec<LoggedEvent> {
        let mut events = Vec::new();
        for partition in 0..PARTITIONS {
            let mut after = LogPosition {
                partition,
                position: 0,
            };
            loop {
                let page = read_log(self.store.pool(), after, 1000).await.unwrap();
                let Some(last) = page.last() else { break };
                after = last.at;
                events.extend(page);
            }
        }
        events
    }
}

async fn append_to(store: &EventStore, streams: &AtomicU64, count: usize) {
    let appends = (0..count).map(|_| {
        let stream = u128::from(streams.fetch_add(1, Ordering::Relaxed));
        store.append(command(stream, "test.v1.Happened"))
    });
    for appended in join_all(appends).await {
        appended.unwrap();
    }
}

fn command(stream: u128, event_type: &'static str) -> Append {
    Append {
        stream: StreamId {
            category: "thing",
            id: Uuid::from_u128(stream),
        },
        team_id: TEAM,
        expected: Expected::Any,
        request_id: None,
        answer: Vec::new(),
        metadata: Vec::new(),
        events: vec![NewEvent {
            event_id: Uuid::now_v7(),
            event_type: event_type.into(),
            payload: vec![7; 100],
        }],
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test has no lifecycle to spawn on"
)]
async fn open(pool: &PgPool) -> EventStore {
    let config = LogConfig {
        name: "contacts",
        partitions: PARTITIONS,
    };
    let (store, appender) = EventStore::open(pool.clone(), &config).await.unwrap();
    tokio::spawn(appender.run());
    store
}
