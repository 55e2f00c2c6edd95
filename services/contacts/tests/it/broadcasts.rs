//! The log that says whom broadcasts were sent to, as the broadcast service keeps it.

use std::time::Duration;

use bootstrap::{GrpcServices, Lifecycle, MESSAGE_BYTES_MAX, serve_grpc};
use chrono::DateTime;
use event_bus::{LogGrpc, Relay};
use event_sourcing::{EventCodec as _, StreamId};
use event_store::{Append, EventStore, Expected, LogConfig, NewEvent};
use events::{
    BroadcastLogEvent,
    broadcasts::{
        BroadcastDrafted, ChunkStored, MessageContent, Outcome, OutcomeKind, RecipientRange,
        TextContent, WindowSettled, message_content::Content,
    },
    join_ids, to_bytes, to_timestamp,
};
use proto::log::v1::log_service_server::LogServiceServer;
use test_support::{Database, TestDatabase, TestNats};
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;
use uuid::Uuid;

use crate::app::auth;

pub(crate) struct Broadcasts {
    pub(crate) url: String,
    store: EventStore,
    _database: TestDatabase,
    _stop: DropGuard,
}

impl Broadcasts {
    pub(crate) async fn start(nats: &TestNats) -> Self {
        let lifecycle = Lifecycle::new();
        let database = TestDatabase::create(Database::Broadcast).await;
        let log = LogConfig {
            name: "broadcasts",
            partitions: 2,
        };
        let opened = EventStore::open(database.pool.clone(), &log).await;
        let (store, appender) = opened.unwrap();
        lifecycle.spawn("broadcasts.appender", async move {
            appender.run().await;
            Ok(())
        });
        let relay = Relay::new(store.clone(), nats.client.clone());
        lifecycle.spawn("broadcasts.relay", relay.run(lifecycle.shutdown()));

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = LogServiceServer::new(LogGrpc::new(store.clone()))
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        let services = GrpcServices::new(&auth()).add(log);
        let drain = Duration::from_secs(1);
        let serve = serve_grpc(services, listener, lifecycle.shutdown(), drain);
        lifecycle.spawn("broadcasts.grpc", serve);
        Self {
            url,
            store,
            _database: database,
            _stop: lifecycle.shutdown().drop_guard(),
        }
    }

    pub(crate) async fn draft(&self, team_id: Uuid, account: &str, text: &str) -> Uuid {
        let broadcast_id = Uuid::now_v7();
        let text = Content::Text(TextContent {
            text: text.to_owned(),
        });
        let drafted = BroadcastLogEvent::Drafted(BroadcastDrafted {
            broadcast_id: to_bytes(broadcast_id),
            account_id: to_bytes(account.parse().unwrap()),
            messages: vec![MessageContent {
                content: Some(text),
            }],
            ..BroadcastDrafted::default()
        });
        self.append(team_id, broadcast_id, drafted).await;
        broadcast_id
    }

    /// A chunk of these people; returns its id.
    pub(crate) async fn chunk(&self, team_id: Uuid, broadcast_id: Uuid, people: &[Uuid]) -> Uuid {
        let chunk_id = Uuid::now_v7();
        let stored = BroadcastLogEvent::ChunkStored(ChunkStored {
            chunk_id: to_bytes(chunk_id),
            broadcast_id: to_bytes(broadcast_id),
            account_id: to_bytes(Uuid::nil()),
            contact_ids: join_ids(people.iter().copied()),
            ..ChunkStored::default()
        });
        self.append(team_id, chunk_id, stored).await;
        chunk_id
    }

    /// What became of the people at these places.
    pub(crate) async fn settle(
        &self,
        team_id: Uuid,
        chunk_id: Uuid,
        places: &[u32],
        kind: OutcomeKind,
        at: i64,
    ) {
        let recipients = places.iter().map(|first| RecipientRange {
            first: *first,
            count: 1,
        });
        let outcome = Outcome {
            kind: kind.into(),
            recipients: recipients.collect(),
            ..Outcome::default()
        };
        let settled = BroadcastLogEvent::WindowSettled(WindowSettled {
            chunk_id: to_bytes(chunk_id),
            broadcast_id: to_bytes(Uuid::nil()),
            outcomes: vec![outcome],
            settled_at: Some(to_timestamp(DateTime::from_timestamp(at, 0).unwrap())),
            ..WindowSettled::default()
        });
        self.append(team_id, chunk_id, settled).await;
    }

    async fn append(&self, team_id: Uuid, stream_id: Uuid, event: BroadcastLogEvent) {
        let append = Append {
            stream: StreamId {
                category: "chunk",
                id: stream_id,
            },
            team_id,
            expected: Expected::Any,
            request_id: None,
            answer: Vec::new(),
            metadata: Vec::new(),
            events: vec![NewEvent::new(event.encode())],
        };
        self.store.append(append).await.unwrap();
    }
}
