use std::time::Duration;

use bootstrap::{AuthConfig, ClientAuth, Lifecycle, connect_grpc};
use chrono::{DateTime, Utc};
use event_bus::{ConsistencyToken, LogSource};
use event_sourcing::{EventCodec as _, StreamId};
use event_store::{Append, EventStore, Expected, LogConfig, NewEvent};
use events::{
    ContactsLogEvent,
    contact::{ContactBlocked, ContactFollowed, ContactsImported, ImportedContact, Profile},
    to_bytes, to_timestamp,
};
use prost::Message as _;
use proto::segmentation::v1::{
    CountContactsRequest, Filter, filter::Condition,
    segmentation_service_client::SegmentationServiceClient,
};
use segmentation::{Config, start_with};
use test_support::{Database, TestDatabase, TestNats};
use tokio_util::sync::DropGuard;
use tonic::{service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;
use vault::{Aad, MasterKey, Vault};

pub(crate) const TEAM: Uuid = Uuid::from_u128(0xa);
pub(crate) const OTHER_TEAM: Uuid = Uuid::from_u128(0xb);
pub(crate) const ACCOUNT: Uuid = Uuid::from_u128(0xacc);
pub(crate) const OTHER_ACCOUNT: Uuid = Uuid::from_u128(0xacc2);
const GRACE: Duration = Duration::from_secs(30);
const AUTH_SECRET: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

pub(crate) type Client = SegmentationServiceClient<InterceptedService<Channel, ClientAuth>>;

/// A contact as a test describes one.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: u128,
    pub(crate) account: Uuid,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) subscribed: Option<i64>,
    pub(crate) interacted: Option<i64>,
}

pub(crate) fn person(id: u128, tags: &[&'static str]) -> Person {
    Person {
        id,
        account: ACCOUNT,
        tags: tags.to_vec(),
        subscribed: None,
        interacted: None,
    }
}

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
        let lifecycle = self.service.lifecycle.clone();
        lifecycle.shutdown().cancel();
        lifecycle.run(GRACE).await.unwrap();
        for sql in ["TRUNCATE contacts", "DELETE FROM checkpoints"] {
            sqlx::query(sql).execute(&self.database.pool).await.unwrap();
        }
        self.service = serve(&self.config, &self.store).await;
    }

    pub(crate) fn client(&self, team_id: Uuid, subject: &str) -> Client {
        let auth = AuthConfig {
            secret: AUTH_SECRET.into(),
        };
        let channel = connect_grpc(&self.service.address).unwrap();
        SegmentationServiceClient::with_interceptor(
            channel,
            ClientAuth::new(&auth, team_id, subject),
        )
    }

    pub(crate) fn person(&self) -> Client {
        self.client(TEAM, "person:marketer")
    }

    /// Imports people, each in an event of their own. Returns the token of the last.
    pub(crate) async fn import(&self, team_id: Uuid, people: &[Person]) -> String {
        let mut token = ConsistencyToken::default();
        for person in people {
            let contact_id = Uuid::from_u128(person.id);
            let event_id = Uuid::now_v7();
            let event_type = "fanfare.events.contacts.v1.ContactsImported";
            let sealed_profile = self.sealed(team_id, contact_id, event_id, event_type).await;
            let at = |seconds: Option<i64>| {
                seconds
                    .and_then(|seconds| DateTime::<Utc>::from_timestamp(seconds, 0))
                    .map(to_timestamp)
            };
            let contact = ImportedContact {
                contact_id: to_bytes(contact_id),
                sealed_profile,
                tags: person.tags.iter().map(|tag| (*tag).to_owned()).collect(),
                subscribed_at: at(person.subscribed),
                last_interaction_at: at(person.interacted),
                ..ImportedContact::default()
            };
            let imported = ContactsImported {
                account_id: to_bytes(person.account),
                import_id: to_bytes(event_id),
                contacts: vec![contact],
            };
            token = token.merge(
                self.append(team_id, contact_id, event_id, imported.into())
                    .await,
            );
        }
        token.encode()
    }

    pub(crate) async fn block(&self, id: u128, at: i64) -> String {
        let contact_id = Uuid::from_u128(id);
        let event_id = Uuid::now_v7();
        let event_type = "fanfare.events.contacts.v1.ContactBlocked";
        let blocked = ContactBlocked {
            contact_id: to_bytes(contact_id),
            account_id: to_bytes(ACCOUNT),
            sealed_profile: self.sealed(TEAM, contact_id, event_id, event_type).await,
            occurred_at: DateTime::<Utc>::from_timestamp(at, 0).map(to_timestamp),
            ..ContactBlocked::default()
        };
        self.append(TEAM, contact_id, event_id, blocked.into())
            .await
            .encode()
    }

    pub(crate) async fn follow(&self, id: u128, at: i64) -> String {
        let contact_id = Uuid::from_u128(id);
        let event_id = Uuid::now_v7();
        let event_type = "fanfare.events.contacts.v1.ContactFollowed";
        let followed = ContactFollowed {
            contact_id: to_bytes(contact_id),
            account_id: to_bytes(ACCOUNT),
            sealed_profile: self.sealed(TEAM, contact_id, event_id, event_type).await,
            occurred_at: DateTime::<Utc>::from_timestamp(at, 0).map(to_timestamp),
            ..ContactFollowed::default()
        };
        self.append(TEAM, contact_id, event_id, followed.into())
            .await
            .encode()
    }

    async fn sealed(
        &self,
        team_id: Uuid,
        contact_id: Uuid,
        event_id: Uuid,
        event_type: &str,
    ) -> Vec<u8> {
        let keys = self
            .vault
            .ensure_contact_keys(team_id, &[contact_id])
            .await
            .unwrap();
        let aad = Aad {
            team_id,
            subject_id: contact_id,
            event_id,
            event_type,
        };
        let profile = Profile {
            external_id: address(contact_id),
            display_name: format!("Person {}", contact_id.as_u128()),
            ..Profile::default()
        };
        keys.live(contact_id)
            .unwrap()
            .seal(&aad, &profile.encode_to_vec())
    }

    async fn append(
        &self,
        team_id: Uuid,
        contact_id: Uuid,
        event_id: Uuid,
        event: ContactsLogEvent,
    ) -> ConsistencyToken {
        let command = Append {
            stream: StreamId {
                category: "contact",
                id: contact_id,
            },
            team_id,
            expected: Expected::Any,
            request_id: None,
            answer: Vec::new(),
            metadata: Vec::new(),
            events: vec![NewEvent::with_id(event_id, event.encode())],
        };
        ConsistencyToken::of("contacts", self.store.append(command).await.unwrap().at)
    }

    /// How many of the team match, after what `token` stands for.
    pub(crate) async fn count(&self, condition: Option<Condition>, token: &str) -> i64 {
        let request = CountContactsRequest {
            account_id: ACCOUNT.to_string(),
            filter: Some(Filter { condition }),
            consistency_token: token.to_owned(),
        };
        self.person()
            .count_contacts(request)
            .await
            .unwrap()
            .into_inner()
            .matching
    }
}

pub(crate) fn address(contact_id: Uuid) -> String {
    format!("U{}", contact_id.simple())
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
