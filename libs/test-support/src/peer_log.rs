//! A log of another service than the one under test, as that one keeps and serves it.

use std::time::Duration;

use bootstrap::{AuthConfig, GrpcServices, Lifecycle, MESSAGE_BYTES_MAX, serve_grpc};
use event_bus::{LogGrpc, Relay};
use event_sourcing::{EncodedEvent, StreamId};
use event_store::{Append, EventStore, Expected, LogConfig, LogPosition, NewEvent};
use proto::log::v1::log_service_server::LogServiceServer;
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;
use uuid::Uuid;

use crate::{Database, TestDatabase, TestNats};

/// Of two partitions, appended to and relayed, and read over gRPC, until it is dropped.
#[derive(Debug)]
pub struct PeerLog {
    pub url: String,
    pub store: EventStore,
    _database: TestDatabase,
    _stop: DropGuard,
}

impl PeerLog {
    pub async fn start(
        nats: &TestNats,
        database: Database,
        name: &'static str,
        auth: &AuthConfig,
    ) -> Self {
        let lifecycle = Lifecycle::new();
        let database = TestDatabase::create(database).await;
        let config = LogConfig {
            name,
            partitions: 2,
        };
        let opened = EventStore::open(database.pool.clone(), &config).await;
        let (store, appender) = opened.expect("cannot open a log");
        lifecycle.spawn("peer.appender", async move {
            appender.run().await;
            Ok(())
        });
        let relay = Relay::new(store.clone(), nats.client.clone());
        lifecycle.spawn("peer.relay", relay.run(lifecycle.shutdown()));

        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("cannot listen");
        let address = listener.local_addr().expect("cannot listen");
        let log = LogServiceServer::new(LogGrpc::new(store.clone()))
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        let services = GrpcServices::new(auth).add(log);
        let drain = Duration::from_secs(1);
        let serve = serve_grpc(services, listener, lifecycle.shutdown(), drain);
        lifecycle.spawn("peer.grpc", serve);
        Self {
            url: format!("http://{address}"),
            store,
            _database: database,
            _stop: lifecycle.shutdown().drop_guard(),
        }
    }

    /// Appends one event, whatever is in its stream.
    pub async fn append(
        &self,
        team_id: Uuid,
        stream: StreamId,
        event_id: Uuid,
        event: EncodedEvent,
    ) -> LogPosition {
        let append = Append {
            stream,
            team_id,
            expected: Expected::Any,
            request_id: None,
            answer: Vec::new(),
            metadata: Vec::new(),
            events: vec![NewEvent::with_id(event_id, event)],
        };
        let appended = self.store.append(append).await;
        appended.expect("cannot append to a peer's log").at
    }
}
