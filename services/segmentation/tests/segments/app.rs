use std::time::Duration;

use bootstrap::{AuthConfig, ClientAuth, Lifecycle, connect_grpc};
use event_bus::{ConsistencyToken, LogSource};
use event_sourcing::{EventCodec as _, StreamId};
use event_store::{Append, EventStore, Expected, LogConfig, NewEvent};
use events::ContactsLogEvent;
use proto::segmentation::v1::{
    SaveSegmentRequest, Segment, segmentation_service_client::SegmentationServiceClient,
    segments_service_client::SegmentsServiceClient,
};
use segmentation::{Config, start_with};
use test_support::{Database, TestDatabase, TestNats};
use tokio_util::sync::DropGuard;
use tonic::{Code, Status, service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;
use vault::{MasterKey, Vault};

pub(crate) const TEAM: Uuid = Uuid::from_u128(0xa);
pub(crate) const OTHER_TEAM: Uuid = Uuid::from_u128(0xb);
pub(crate) const ACCOUNT: Uuid = Uuid::from_u128(0xacc);
pub(crate) const OTHER_ACCOUNT: Uuid = Uuid::from_u128(0xacc2);
const GRACE: Duration = Duration::from_secs(30);
const AUTH_SECRET: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

type Authorized = InterceptedService<Channel, ClientAuth>;

/// Segmentation, and the log that it follows. Stops when dropped.
pub(crate) struct App {
    pub(crate) database: TestDatabase,
    pub(crate) vault: Vault,
    store: EventStore,
    config: String,
    service: Service,
    _nats: TestNats,
    _databases: [TestDatabase; 2],
}

struct Service {
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
            partitions: 1,
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
            _databases: [log_database, vault_database],
        }
    }

    /// Stops the service, drops the read model of segments, and starts it again.
    pub(crate) async fn rebuild_segments(&mut self) {
        let lifecycle = self.service.lifecycle.clone();
        lifecycle.shutdown().cancel();
        lifecycle.run(GRACE).await.unwrap();
        for sql in [
            "TRUNCATE segment_versions",
            "DELETE FROM checkpoints WHERE consumer = 'segments'",
        ] {
            sqlx::query(sql).execute(&self.database.pool).await.unwrap();
        }
        self.service = serve(&self.config, &self.store).await;
    }

    pub(crate) fn contacts(&self, team_id: Uuid) -> SegmentationServiceClient<Authorized> {
        let channel = connect_grpc(&self.service.address).unwrap();
        SegmentationServiceClient::with_interceptor(channel, auth(team_id))
    }

    pub(crate) fn segments(&self, team_id: Uuid) -> SegmentsServiceClient<Authorized> {
        let channel = connect_grpc(&self.service.address).unwrap();
        SegmentsServiceClient::with_interceptor(channel, auth(team_id))
    }

    /// Saves a segment by its text. Returns it with a token.
    pub(crate) async fn save(
        &self,
        request: SaveSegmentRequest,
    ) -> Result<(Segment, String), Status> {
        let response = self.segments(TEAM).save_segment(request).await?;
        let response = response.into_inner();
        Ok((response.segment.unwrap(), response.consistency_token))
    }

    /// Appends to the contacts' log. Returns what stands for it.
    pub(crate) async fn append(
        &self,
        team_id: Uuid,
        event_id: Uuid,
        event: ContactsLogEvent,
    ) -> String {
        let command = Append {
            stream: StreamId {
                category: "test",
                id: Uuid::now_v7(),
            },
            team_id,
            expected: Expected::Any,
            request_id: None,
            answer: Vec::new(),
            metadata: Vec::new(),
            events: vec![NewEvent::with_id(event_id, event.encode())],
        };
        let appended = self.store.append(command).await.unwrap();
        ConsistencyToken::of("contacts", appended.at).encode()
    }
}

/// A new segment, or a change of version `version`.
pub(crate) fn segment(id: u128, version: i64, name: &str, text: &str) -> SaveSegmentRequest {
    SaveSegmentRequest {
        segment_id: Uuid::from_u128(id).to_string(),
        version,
        name: name.to_owned(),
        filter_text: text.to_owned(),
        ..SaveSegmentRequest::default()
    }
}

/// The code of a refusal, its reason, and its message.
pub(crate) fn refusal(status: &Status) -> (Code, String, String) {
    let reason = bootstrap::reason(status).unwrap_or_default();
    (status.code(), reason, status.message().to_owned())
}

/// The code of a refusal and its reason.
pub(crate) fn reason<T: std::fmt::Debug>(result: Result<T, Status>) -> (Code, String) {
    let (code, reason, _) = refusal(&result.unwrap_err());
    (code, reason)
}

/// The field that an argument's refusal names.
pub(crate) fn field(status: &Status) -> String {
    use tonic_types::StatusExt as _;
    let details = status.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    violations.first().unwrap().field.clone()
}

fn auth(team_id: Uuid) -> ClientAuth {
    let auth = AuthConfig {
        secret: AUTH_SECRET.into(),
    };
    ClientAuth::new(&auth, team_id, "person:marketer")
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
