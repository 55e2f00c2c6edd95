use std::time::Duration;

use bootstrap::{AuthConfig, ClientAuth, Lifecycle, connect_grpc};
use event_bus::{ConsistencyToken, LogSource};
use event_sourcing::{EventCodec as _, StreamId};
use event_store::{Append, EventStore, Expected, LogConfig, NewEvent};
use events::ContactsLogEvent;
use proto::segmentation::v1::segmentation_service_client::SegmentationServiceClient;
use segmentation::{Config, start_with};
use test_support::{Database, TestDatabase, TestNats};
use tokio_util::sync::DropGuard;
use tonic::{service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;
use vault::{MasterKey, Vault};

pub(crate) const TEAM: Uuid = Uuid::from_u128(0xa);
pub(crate) const OTHER_TEAM: Uuid = Uuid::from_u128(0xb);
pub(crate) const ACCOUNT: Uuid = Uuid::from_u128(0xacc);
pub(crate) const OTHER_ACCOUNT: Uuid = Uuid::from_u128(0xacc2);
const GRACE: Duration = Duration::from_secs(30);
const AUTH_SECRET: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
const READ_MODEL: [&str; 8] = [
    "TRUNCATE contacts",
    "TRUNCATE ordinals",
    "TRUNCATE accounts",
    "TRUNCATE tags",
    "TRUNCATE changes",
    "TRUNCATE forgotten_changes",
    "DELETE FROM dead_letters",
    "DELETE FROM checkpoints WHERE consumer = 'segmentation'",
];

pub(crate) type Client = SegmentationServiceClient<InterceptedService<Channel, ClientAuth>>;

/// Segmentation, and the log that it follows. Stops when dropped.
pub(crate) struct App {
    pub(crate) database: TestDatabase,
    pub(crate) vault: Vault,
    store: EventStore,
    config: String,
    service: Service,
    _nats: TestNats,
    _log_database: TestDatabase,
    _vault_database: TestDatabase,
}

/// A running process, so to speak.
pub(crate) struct Service {
    address: String,
    lifecycle: Lifecycle,
    _stop: DropGuard,
}

impl App {
    #[expect(
        clippy::disallowed_methods,
        reason = "the log of a test has no lifecycle"
    )]
    pub(crate) async fn start() -> Self {
        let (database, log_database, vault_database, nats) = tokio::join!(
            TestDatabase::create(Database::Segmentation),
            TestDatabase::create(Database::Contacts),
            TestDatabase::create(Database::Vault),
            TestNats::start()
        );
        let log = LogConfig {
            name: "contacts",
            partitions: 2,
        };
        let (store, appender) = EventStore::open(log_database.pool.clone(), &log)
            .await
            .unwrap();
        tokio::spawn(appender.run());
        let master = MasterKey::generate();
        let master_key = secrecy::ExposeSecret::expose_secret(&master.encode()).to_owned();
        let config = format!(
            r#"
            listen = "127.0.0.1:0"
            [postgres]
            url = "{}"
            [vault]
            master_key = "{master_key}"
            [vault.postgres]
            url = "{}"
            [nats]
            url = "{}"
            [auth]
            secret = "{AUTH_SECRET}"
            "#,
            database.url,
            vault_database.url,
            nats.url(),
        );
        let service = serve(&config, &store).await;
        Self {
            vault: Vault::new(vault_database.pool.clone(), master),
            database,
            store,
            config,
            service,
            _nats: nats,
            _log_database: log_database,
            _vault_database: vault_database,
        }
    }

    /// Stops the service, drops its read model, and starts it again.
    pub(crate) async fn rebuild(&mut self) {
        self.stop().await;
        for sql in READ_MODEL {
            sqlx::query(sql).execute(&self.database.pool).await.unwrap();
        }
        self.service = serve(&self.config, &self.store).await;
    }

    pub(crate) async fn stop(&self) {
        let lifecycle = self.service.lifecycle.clone();
        lifecycle.shutdown().cancel();
        lifecycle.run(GRACE).await.unwrap();
    }

    /// Another process of the same service, with the same databases.
    pub(crate) async fn another_service(&self) -> Service {
        serve(&self.config, &self.store).await
    }

    pub(crate) fn client(&self, team_id: Uuid, subject: &str) -> Client {
        self.service.client(team_id, subject)
    }

    pub(crate) fn person(&self) -> Client {
        self.client(TEAM, "person:marketer")
    }

    /// As the service of somebody who sends.
    pub(crate) fn sender(&self) -> Client {
        self.client(TEAM, "service:broadcast")
    }

    pub(crate) fn partition_of(&self, stream_id: Uuid) -> i16 {
        self.store.partition_of(stream_id)
    }

    pub(crate) async fn append(
        &self,
        team_id: Uuid,
        stream: StreamId,
        event_id: Uuid,
        event: impl Into<ContactsLogEvent>,
    ) -> ConsistencyToken {
        let command = Append {
            stream,
            team_id,
            expected: Expected::Any,
            request_id: None,
            answer: Vec::new(),
            metadata: Vec::new(),
            events: vec![NewEvent::with_id(event_id, event.into().encode())],
        };
        ConsistencyToken::of("contacts", self.store.append(command).await.unwrap().at)
    }
}

impl Service {
    pub(crate) fn client(&self, team_id: Uuid, subject: &str) -> Client {
        let auth = AuthConfig {
            secret: AUTH_SECRET.into(),
        };
        let channel = connect_grpc(&self.address).unwrap();
        SegmentationServiceClient::with_interceptor(
            channel,
            ClientAuth::new(&auth, team_id, subject),
        )
    }
}

async fn serve(config: &str, store: &EventStore) -> Service {
    let lifecycle = Lifecycle::new();
    let config = Config::load_with(config).unwrap();
    let address = start_with(config, LogSource::Local(store.clone()), &lifecycle)
        .await
        .unwrap();
    Service {
        address: format!("http://{address}"),
        _stop: lifecycle.shutdown().drop_guard(),
        lifecycle,
    }
}
