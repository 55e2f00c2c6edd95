//! The log that accounts come from, as the contacts service keeps it.

use std::time::Duration;

use bootstrap::{AuthConfig, GrpcServices, Lifecycle, MESSAGE_BYTES_MAX, serve_grpc};
use event_bus::{LogGrpc, Relay};
use event_sourcing::{EventCodec as _, StreamId};
use event_store::{Append, EventStore, Expected, LogConfig, NewEvent};
use events::AccountEvent;
use proto::log::v1::log_service_server::LogServiceServer;
use test_support::{Database, TestDatabase, TestNats};
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;

use crate::app::{ACCOUNT, AUTH_SECRET, TEAM};

pub(crate) struct Contacts {
    pub(crate) url: String,
    store: EventStore,
    _database: TestDatabase,
    _stop: DropGuard,
}

impl Contacts {
    pub(crate) async fn start(nats: &TestNats) -> Self {
        let lifecycle = Lifecycle::new();
        let database = TestDatabase::create(Database::Contacts).await;
        let log = LogConfig {
            name: "contacts",
            partitions: 2,
        };
        let (store, appender) = EventStore::open(database.pool.clone(), &log).await.unwrap();
        lifecycle.spawn("contacts.appender", async move {
            appender.run().await;
            Ok(())
        });
        let relay = Relay::new(store.clone(), nats.client.clone());
        lifecycle.spawn("contacts.relay", relay.run(lifecycle.shutdown()));

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let auth = AuthConfig {
            secret: AUTH_SECRET.into(),
        };
        let log = LogServiceServer::new(LogGrpc::new(store.clone()))
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        let services = GrpcServices::new(&auth).add(log);
        let drain = Duration::from_secs(1);
        let serve = serve_grpc(services, listener, lifecycle.shutdown(), drain);
        lifecycle.spawn("contacts.grpc", serve);
        Self {
            url,
            store,
            _database: database,
            _stop: lifecycle.shutdown().drop_guard(),
        }
    }

    /// Something happened to the account.
    pub(crate) async fn tell(&self, event: AccountEvent) {
        let append = Append {
            stream: StreamId {
                category: "account",
                id: ACCOUNT,
            },
            team_id: TEAM,
            expected: Expected::Any,
            request_id: None,
            answer: Vec::new(),
            metadata: Vec::new(),
            events: vec![NewEvent::new(event.encode())],
        };
        self.store.append(append).await.unwrap();
    }
}
