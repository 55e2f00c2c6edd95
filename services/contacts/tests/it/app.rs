//! The service under test, and a team that uses it.

use std::{
    fmt::Write as _,
    ops::Deref,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bootstrap::{AuthConfig, ClientAuth, Lifecycle, NatsConfig, PostgresConfig, SystemClock};
use contacts::{Config, Peers};
use event_sourcing::{EncodedEvent, EventCodec as _, StreamId};
use event_store::{Append, EventStore, Expected, LogConfig, NewEvent};
use events::ContactsLogEvent;
use proto::{
    common::v1::{Channel as MessageChannel, MessagePrice},
    contacts::v1::{
        Account, ConnectAccountRequest, ConnectAccountResponse, Contact, Credentials,
        GetContactRequest, LineCredentials, ListAccountsRequest, ListContactsRequest,
        ListContactsResponse, accounts_service_client::AccountsServiceClient,
        contacts_service_client::ContactsServiceClient, credentials,
        jobs_service_client::JobsServiceClient,
    },
};
use sqlx::PgPool;
use telemetry::{LogFormat, TelemetryConfig};
use test_support::{Breakable, Database, TestDatabase, TestNats, eventually};
use tokio_util::sync::DropGuard;
use tonic::{Code, Status, service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;
use vault::VaultConfig;

use crate::{audience::Audience, broadcasts::Broadcasts, ingress::Ingress, talk::Talk};

const GRACE_PERIOD: Duration = Duration::from_secs(5);

pub(crate) struct App {
    surroundings: Surroundings,
    channel: Channel,
    lifecycle: Lifecycle,
    _stop: DropGuard,
}

/// What outlives the service.
pub(crate) struct Surroundings {
    pub(crate) database: TestDatabase,
    pub(crate) ingress: Ingress,
    /// `None`: that service is down.
    pub(crate) broadcasts: Option<Broadcasts>,
    /// Whom segmentation says that a filter is for.
    pub(crate) audience: Audience,
    vault_database: TestDatabase,
    nats: TestNats,
}

impl Deref for App {
    type Target = Surroundings;

    fn deref(&self) -> &Surroundings {
        &self.surroundings
    }
}

impl Breakable for App {
    fn pool(&self) -> &PgPool {
        &self.database.pool
    }
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::start_beside(async |_| None).await
    }

    pub(crate) async fn start_with_broadcasts() -> Self {
        Self::start_beside(async |nats| Some(Broadcasts::start(nats).await)).await
    }

    async fn start_beside(broadcasts: impl AsyncFnOnce(&TestNats) -> Option<Broadcasts>) -> Self {
        let nats = TestNats::start().await;
        let vault_database = TestDatabase::create(Database::Vault).await;
        let ingress = Ingress::start(&nats, &vault_database).await;
        let audience = Audience::start().await;
        let database = TestDatabase::create(Database::Contacts).await;
        Self::start_on(Surroundings {
            database,
            ingress,
            broadcasts: broadcasts(&nats).await,
            audience,
            vault_database,
            nats,
        })
        .await
    }

    async fn start_on(surroundings: Surroundings) -> Self {
        let lifecycle = Lifecycle::new();
        let config = config(&surroundings);
        let started = contacts::start(config, Arc::new(SystemClock), &lifecycle).await;
        let url = format!("http://{}", started.unwrap());
        Self {
            channel: bootstrap::connect_grpc(&url).unwrap(),
            surroundings,
            _stop: lifecycle.shutdown().drop_guard(),
            lifecycle,
        }
    }

    /// Stops the service as Kubernetes does, and starts it anew on what it left behind.
    pub(crate) async fn restart(self, between: impl AsyncFnOnce(&PgPool)) -> Self {
        let Self {
            surroundings,
            lifecycle,
            _stop: stop,
            ..
        } = self;
        drop(stop);
        let stopping = Instant::now();
        lifecycle.run(GRACE_PERIOD).await.unwrap();
        assert!(stopping.elapsed() < GRACE_PERIOD, "a task did not stop");
        between(&surroundings.database.pool).await;
        Self::start_on(surroundings).await
    }

    /// Starts the service anew while the one before may still be held up by what it has under way.
    pub(crate) async fn abandon(self) -> Self {
        let Self {
            surroundings,
            _stop: stop,
            ..
        } = self;
        drop(stop);
        Self::start_on(surroundings).await
    }

    /// Another process of the same service, until it is dropped.
    pub(crate) async fn replica(&self) -> DropGuard {
        let lifecycle = Lifecycle::new();
        let config = config(&self.surroundings);
        let started = contacts::start(config, Arc::new(SystemClock), &lifecycle).await;
        started.unwrap();
        lifecycle.shutdown().drop_guard()
    }

    /// A new team.
    pub(crate) fn team(&self) -> Team {
        self.client(Uuid::new_v4())
    }

    /// Another client of the same team.
    pub(crate) fn same_team(&self, team: &Team) -> Team {
        self.client(team.id)
    }

    /// A client of this team, also after a restart.
    pub(crate) fn team_of(&self, id: Uuid) -> Team {
        self.client(id)
    }

    fn client(&self, id: Uuid) -> Team {
        let identity = ClientAuth::new(&auth(), id, "person:test");
        let accounts =
            AccountsServiceClient::with_interceptor(self.channel.clone(), identity.clone());
        let contacts =
            ContactsServiceClient::with_interceptor(self.channel.clone(), identity.clone());
        let jobs = JobsServiceClient::with_interceptor(self.channel.clone(), identity.clone());
        Team {
            id,
            accounts,
            contacts,
            talk: Talk::new(&self.channel, &identity),
            jobs,
        }
    }

    pub(crate) async fn anonymous_list(&self) -> Result<ListContactsResponse, Status> {
        let mut client = ContactsServiceClient::new(self.channel.clone());
        let response = client.list_contacts(ListContactsRequest::default()).await?;
        Ok(response.into_inner())
    }

    /// How many events the contacts log has.
    pub(crate) async fn events(&self) -> i64 {
        sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM log_events"#)
            .fetch_one(&self.database.pool)
            .await
            .unwrap()
    }

    /// The contacts log, each event with its partition.
    pub(crate) async fn log(&self) -> Vec<(i16, ContactsLogEvent)> {
        sqlx::query!("SELECT partition, event_type, payload FROM log_events")
            .fetch_all(&self.database.pool)
            .await
            .unwrap()
            .into_iter()
            .map(|row| {
                let event = ContactsLogEvent::decode(&row.event_type, &row.payload);
                (row.partition, event.unwrap())
            })
            .collect()
    }

    /// Appends a fact to a contact's own stream, as another process does; returns its position.
    pub(crate) async fn append(
        &self,
        team_id: Uuid,
        contact_id: Uuid,
        event_id: Uuid,
        event: EncodedEvent,
    ) -> i64 {
        self.append_to(team_id, (event_id, event), |_| contact_id)
            .await
    }

    /// As [`App::append`], to another stream of the contact's partition, as an import does.
    pub(crate) async fn append_beside(
        &self,
        team_id: Uuid,
        contact_id: Uuid,
        event: (Uuid, EncodedEvent),
    ) -> i64 {
        let lane = |store: &EventStore| {
            let partition = store.partition_of(contact_id);
            let mut ids = std::iter::repeat_with(Uuid::new_v4);
            ids.find(|id| store.partition_of(*id) == partition).unwrap()
        };
        self.append_to(team_id, event, lane).await
    }

    async fn append_to(
        &self,
        team_id: Uuid,
        (event_id, event): (Uuid, EncodedEvent),
        stream: impl FnOnce(&EventStore) -> Uuid,
    ) -> i64 {
        let log = LogConfig {
            name: "contacts",
            partitions: 4,
        };
        let opened = EventStore::open(self.database.pool.clone(), &log).await;
        let (store, appender) = opened.unwrap();
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("late", async move {
            appender.run().await;
            Ok(())
        });
        let append = Append {
            stream: StreamId {
                category: "contact",
                id: stream(&store),
            },
            team_id,
            expected: Expected::Any,
            request_id: None,
            answer: Vec::new(),
            metadata: Vec::new(),
            events: vec![NewEvent::with_id(event_id, event)],
        };
        store.append(append).await.unwrap().at.position
    }

    /// Looks for `text` in every row of every table.
    pub(crate) async fn database_contains(&self, text: &str) -> bool {
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT quote_ident(relname) FROM pg_class
             WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace",
        )
        .fetch_all(&self.database.pool)
        .await
        .unwrap();
        // Bytes are shown as hexadecimal digits.
        let bytes = hexadecimal(text);
        for table in tables {
            let find = format!(
                "SELECT EXISTS (SELECT FROM {table} t WHERE t::text LIKE $1 OR t::text LIKE $2)"
            );
            let found: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(find))
                .bind(format!("%{text}%"))
                .bind(format!("%{bytes}%"))
                .fetch_one(&self.database.pool)
                .await
                .unwrap();
            if found {
                return true;
            }
        }
        false
    }
}

pub(crate) type Authenticated = InterceptedService<Channel, ClientAuth>;

/// A team's client.
pub(crate) struct Team {
    pub(crate) id: Uuid,
    pub(crate) accounts: AccountsServiceClient<Authenticated>,
    pub(crate) contacts: ContactsServiceClient<Authenticated>,
    pub(crate) talk: Talk,
    pub(crate) jobs: JobsServiceClient<Authenticated>,
}

impl Team {
    pub(crate) async fn connect(
        &mut self,
        request: ConnectAccountRequest,
    ) -> Result<ConnectAccountResponse, Status> {
        Ok(self.accounts.connect_account(request).await?.into_inner())
    }

    /// Connects a LINE account, and returns its id.
    pub(crate) async fn line_account(&mut self) -> String {
        let connected = self.connect(line_account()).await.unwrap();
        // A list of its contacts is refused until the read model knows it.
        let request = ListAccountsRequest {
            consistency_token: connected.consistency_token,
        };
        let mut accounts = self.accounts.clone();
        eventually("the account is there", async || {
            accounts.list_accounts(request.clone()).await.ok()
        })
        .await;
        connected.account.unwrap().account_id
    }

    pub(crate) async fn accounts(&mut self, token: &str) -> Vec<Account> {
        let request = ListAccountsRequest {
            consistency_token: token.to_owned(),
        };
        self.accounts
            .list_accounts(request)
            .await
            .unwrap()
            .into_inner()
            .accounts
    }

    pub(crate) async fn list(
        &mut self,
        request: ListContactsRequest,
    ) -> Result<ListContactsResponse, Status> {
        Ok(self.contacts.list_contacts(request).await?.into_inner())
    }

    /// All contacts of an account.
    pub(crate) async fn contacts(&mut self, account: &str, token: &str) -> Vec<Contact> {
        let mut contacts = Vec::new();
        let mut request = ListContactsRequest {
            account_id: account.to_owned(),
            page_size: 1000,
            consistency_token: token.to_owned(),
            ..Default::default()
        };
        loop {
            let page = match self.list(request.clone()).await {
                Err(status) if status.code() == Code::Unavailable => continue,
                page => page.unwrap(),
            };
            contacts.extend(page.contacts);
            if page.next_page_token.is_empty() {
                return contacts;
            }
            request.page_token = page.next_page_token;
        }
    }

    pub(crate) async fn contact(&mut self, contact_id: &str) -> Result<Contact, Status> {
        let request = GetContactRequest {
            contact_id: contact_id.to_owned(),
            ..Default::default()
        };
        let response = self.contacts.get_contact(request).await?;
        Ok(response.into_inner().contact.unwrap())
    }
}

/// The same request whenever it is called.
pub(crate) fn line_account() -> ConnectAccountRequest {
    ConnectAccountRequest {
        request_id: Uuid::from_u128(1).to_string(),
        channel: MessageChannel::Line.into(),
        name: "Shop".to_owned(),
        channel_account_id: line_id(0),
        credentials: Some(line_credentials("an-access-token", "a-channel-secret")),
        country: "TW".to_owned(),
        message_price: Some(MessagePrice {
            currency: "TWD".to_owned(),
            micros: 200_000,
        }),
    }
}

pub(crate) fn line_credentials(access_token: &str, channel_secret: &str) -> Credentials {
    let line = LineCredentials {
        access_token: access_token.to_owned(),
        channel_secret: channel_secret.to_owned(),
    };
    Credentials {
        channel: Some(credentials::Channel::Line(line)),
    }
}

fn hexadecimal(text: &str) -> String {
    text.bytes().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}

pub(crate) fn line_id(person: u32) -> String {
    format!("U{person:032x}")
}

pub(crate) fn auth() -> AuthConfig {
    AuthConfig {
        secret: "a secret of tests, and long enough".into(),
    }
}

pub(crate) fn postgres(database: &TestDatabase) -> PostgresConfig {
    PostgresConfig {
        url: database.url.clone().into(),
        max_connections: 20,
        acquire_timeout_seconds: 20,
    }
}

pub(crate) fn vault_config(database: &TestDatabase) -> VaultConfig {
    VaultConfig {
        postgres: postgres(database),
        master_key: Some(BASE64_STANDARD.encode([7; 32]).into()),
        master_key_file: None,
    }
}

fn config(surroundings: &Surroundings) -> Config {
    Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        grace_period_seconds: GRACE_PERIOD.as_secs(),
        log_partitions: 4,
        postgres: postgres(&surroundings.database),
        vault: vault_config(&surroundings.vault_database),
        nats: NatsConfig {
            url: surroundings.nats.url().into(),
        },
        auth: auth(),
        peers: Peers {
            ingress_url: surroundings.ingress.log.url.clone(),
            broadcast_url: surroundings.broadcasts.as_ref().map_or_else(
                || "http://127.0.0.1:1".to_owned(),
                |broadcasts| broadcasts.log.url.clone(),
            ),
            segmentation_url: surroundings.audience.url.clone(),
        },
        telemetry: TelemetryConfig {
            filter: "warn".to_owned(),
            format: LogFormat::Text,
            otlp_endpoint: None,
            sample_ratio: 0.0,
        },
    }
}
