use std::ops::Deref;

use event_sourcing::StreamId;
use event_store::{
    Append, EventStore, Expected, LogConfig, LogPosition, LoggedEvent, NewEvent, read_log,
};
use test_support::{Database, TestDatabase};
use tokio::task::JoinHandle;
use uuid::Uuid;

pub(crate) const TEAM: Uuid = Uuid::from_u128(0xfa);

/// A log of the test's own. Its appender ends with the last handle.
pub(crate) struct TestLog {
    pub(crate) database: TestDatabase,
    pub(crate) store: EventStore,
    _appender: JoinHandle<()>,
}

impl Deref for TestLog {
    type Target = EventStore;

    fn deref(&self) -> &EventStore {
        &self.store
    }
}

impl TestLog {
    pub(crate) async fn create(partitions: i16) -> Self {
        let database = TestDatabase::create(Database::Contacts).await;
        let (store, appender) = open(&database, partitions).await;
        Self {
            database,
            store,
            _appender: appender,
        }
    }

    /// Everything in the log, partition by partition.
    pub(crate) async fn events(&self) -> Vec<LoggedEvent> {
        let mut events = Vec::new();
        for partition in 0..self.meta().partitions {
            let mut after = LogPosition {
                partition,
                position: 0,
            };
            loop {
                let page = read_log(self.pool(), after, 1000).await.unwrap();
                let Some(last) = page.last() else { break };
                after = last.at;
                events.extend(page);
            }
        }
        events
    }

    /// Panics unless positions and versions have no gaps, and the heads are the last positions.
    pub(crate) async fn check(&self) {
        let events = self.events().await;
        let mut versions = std::collections::HashMap::new();
        let mut positions = std::collections::HashMap::new();
        for event in &events {
            let position = positions.entry(event.at.partition).or_insert(0_i64);
            *position += 1;
            assert_eq!(event.at.position, *position, "positions have no gaps");
            let version = versions.entry(event.stream_id).or_insert(0_i64);
            *version += 1;
            assert_eq!(event.version, *version, "versions have no gaps");
            assert_eq!(event.at.partition, self.partition_of(event.stream_id));
        }
        for head in event_store::read_heads(self.pool()).await.unwrap() {
            let last = positions.get(&head.partition).copied().unwrap_or_default();
            assert_eq!(head.position, last, "the head is the last position");
        }
    }
}

/// Another process on the same log.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no lifecycle to spawn on"
)]
pub(crate) async fn open(database: &TestDatabase, partitions: i16) -> (EventStore, JoinHandle<()>) {
    let config = LogConfig {
        name: "contacts",
        partitions,
    };
    let (store, appender) = EventStore::open(database.pool.clone(), &config)
        .await
        .unwrap();
    (store, tokio::spawn(appender.run()))
}

pub(crate) fn append(stream: u128, expected: Expected, events: usize) -> Append {
    Append {
        stream: StreamId {
            category: "thing",
            id: Uuid::from_u128(stream),
        },
        team_id: TEAM,
        expected,
        request_id: None,
        answer: Vec::new(),
        metadata: Vec::new(),
        events: (0..events).map(|_| event()).collect(),
    }
}

pub(crate) fn event() -> NewEvent {
    NewEvent {
        event_id: Uuid::now_v7(),
        event_type: "test.v1.Happened".into(),
        payload: b"happened".to_vec(),
    }
}
