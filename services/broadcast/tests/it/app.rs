use std::sync::Arc;

use bootstrap::{AuthConfig, ClientAuth, Lifecycle, SystemClock, connect_grpc};
use broadcast::Config;
use chrono::{DateTime, Utc};
use event_sourcing::EventCodec as _;
use event_store::{EventStore, LogConfig, LogPosition, read_heads, read_log};
use events::{BroadcastLogEvent, common::Channel as ChannelKind, contact::AccountCredentials};
use prost::Message as _;
use proto::broadcast::v1::{
    ConfirmBroadcastRequest, CreateBroadcastRequest, Message, PreviewBroadcastRequest,
    PreviewBroadcastResponse, TextMessage, broadcast_service_client::BroadcastServiceClient,
    message::Content, templates_service_client::TemplatesServiceClient,
};
use simulator::{ChannelSettings, Control, Options, Simulator};
use sqlx::PgPool;
use test_support::{Database, TestDatabase, TestNats};
use tokio_util::sync::DropGuard;
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;
use vault::{MasterKey, Vault};

use crate::{contacts::Contacts, people::People};

pub(crate) const TEAM: Uuid = Uuid::from_u128(0xa);
pub(crate) const ACCOUNT: Uuid = Uuid::from_u128(0xacc);
pub(crate) const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
pub(crate) const AUTH_SECRET: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

pub(crate) const WABA: &str = "102290129340398";

pub(crate) type Client = BroadcastServiceClient<InterceptedService<Channel, ClientAuth>>;

/// The service, with one account, and people to send to. Stops when dropped.
pub(crate) struct App {
    pub(crate) pool: PgPool,
    /// Of the vault.
    pub(crate) keys: PgPool,
    master: MasterKey,
    /// As other processes write to it.
    pub(crate) log: EventStore,
    pub(crate) people: People,
    pub(crate) line: Control,
    pub(crate) contacts: Contacts,
    /// Of mail.
    pub(crate) smtp: std::net::SocketAddr,
    address: String,
    config: String,
    auth: AuthConfig,
    _servers: (Simulator, TestNats, TestDatabase, DropGuard),
    stop: DropGuard,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::start_with(TestNats::start().await, "http://127.0.0.1:1").await
    }

    /// With a log of what comes in from outside.
    pub(crate) async fn start_with(nats: TestNats, ingress_url: &str) -> Self {
        let (database, vault_database) = tokio::join!(
            TestDatabase::create(Database::Broadcast),
            TestDatabase::create(Database::Vault),
        );
        let contacts = Contacts::start(&nats).await;
        let simulator = Simulator::start(Options::default()).await.unwrap();
        let line = simulator.control().unwrap();
        let auth = AuthConfig {
            secret: AUTH_SECRET.into(),
        };
        let peers = Lifecycle::new();
        let people = People::default();
        let segmentation_url = people.serve(&auth, &peers).await;
        let master = MasterKey::generate();
        let config = config(
            [&database.url, &vault_database.url],
            &master,
            &nats.url(),
            [
                &segmentation_url,
                &contacts.log.url,
                &simulator.url(),
                ingress_url,
            ],
        );
        let vault = Vault::new(vault_database.pool.clone(), master.clone());
        know_account(&database.pool, &vault).await;
        let log = open_log(&database.pool, &peers).await;
        let (address, stop) = serve(&config).await;
        let app = Self {
            pool: database.pool.clone(),
            keys: vault_database.pool.clone(),
            master,
            log,
            people,
            line,
            contacts,
            smtp: simulator.smtp_address,
            address,
            config,
            auth,
            _servers: (
                simulator,
                nats,
                vault_database,
                peers.shutdown().drop_guard(),
            ),
            stop,
        };
        app.set_line(ChannelSettings::default()).await;
        app
    }

    /// Ends the service in the middle of whatever it does, and starts another.
    pub(crate) async fn restart(&mut self) {
        let (address, stop) = serve(&self.config).await;
        (self.address, self.stop) = (address, stop);
    }

    /// One more process of the service, until the guard is dropped.
    pub(crate) async fn another(&self) -> DropGuard {
        serve(&self.config).await.1
    }

    pub(crate) async fn set_line(&self, settings: ChannelSettings) {
        let settings = ChannelSettings {
            access_token: "token".to_owned(),
            channel_secret: "secret".to_owned(),
            ..settings
        };
        self.line.set_channel("shop", &settings).await.unwrap();
    }

    pub(crate) fn client_of(&self, team_id: Uuid) -> Client {
        let auth = ClientAuth::new(&self.auth, team_id, "person:marketer");
        BroadcastServiceClient::with_interceptor(connect_grpc(&self.address).unwrap(), auth)
    }

    pub(crate) fn client(&self) -> Client {
        self.client_of(TEAM)
    }

    pub(crate) fn templates(
        &self,
    ) -> TemplatesServiceClient<InterceptedService<Channel, ClientAuth>> {
        let auth = ClientAuth::new(&self.auth, TEAM, "person:marketer");
        TemplatesServiceClient::with_interceptor(connect_grpc(&self.address).unwrap(), auth)
    }

    pub(crate) async fn draft(&self) -> String {
        let created = self
            .client()
            .create_broadcast(create("Hello {{https://shop.example/}}"))
            .await;
        created
            .unwrap()
            .into_inner()
            .broadcast
            .unwrap()
            .broadcast_id
    }

    pub(crate) async fn preview(&self, broadcast_id: &str) -> PreviewBroadcastResponse {
        let request = PreviewBroadcastRequest {
            broadcast_id: broadcast_id.to_owned(),
            consistency_token: String::new(),
        };
        self.client()
            .preview_broadcast(request)
            .await
            .unwrap()
            .into_inner()
    }

    pub(crate) async fn confirm(
        &self,
        broadcast_id: &str,
        preview_hash: &str,
    ) -> Result<(), (Code, String)> {
        let request = ConfirmBroadcastRequest {
            broadcast_id: broadcast_id.to_owned(),
            preview_hash: preview_hash.to_owned(),
            request_id: Uuid::new_v4().to_string(),
        };
        let confirmed = self.client().confirm_broadcast(request).await;
        confirmed
            .map(drop)
            .map_err(|status| (status.code(), status.message().to_owned()))
    }

    pub(crate) async fn confirm_draft(&self, broadcast_id: &str) {
        let preview = self.preview(broadcast_id).await;
        let confirmed = self.confirm(broadcast_id, &preview.preview_hash).await;
        confirmed.unwrap();
    }

    /// A broadcast that is to be sent.
    pub(crate) async fn confirmed(&self) -> String {
        let broadcast_id = self.draft().await;
        self.confirm_draft(&broadcast_id).await;
        broadcast_id
    }

    pub(crate) fn vault(&self) -> Vault {
        Vault::new(self.keys.clone(), self.master.clone())
    }

    /// Everything in the log.
    pub(crate) async fn events(&self) -> Vec<BroadcastLogEvent> {
        let mut events = Vec::new();
        for head in read_heads(&self.pool).await.unwrap() {
            let start = LogPosition {
                position: 0,
                ..head
            };
            for event in read_log(&self.pool, start, 100_000).await.unwrap() {
                events.push(BroadcastLogEvent::decode(&event.event_type, &event.payload).unwrap());
            }
        }
        events
    }
}

fn config(
    [database, vault_database]: [&str; 2],
    master: &MasterKey,
    nats: &str,
    [segmentation, contacts, line, ingress]: [&str; 4],
) -> String {
    let master_key = secrecy::ExposeSecret::expose_secret(&master.encode()).to_owned();
    format!(
        r#"
        listen = "127.0.0.1:0"
        log_partitions = 2
        [postgres]
        url = "{database}"
        [vault]
        master_key = "{master_key}"
        [vault.postgres]
        url = "{vault_database}"
        [nats]
        url = "{nats}"
        [auth]
        secret = "{AUTH_SECRET}"
        [peers]
        segmentation_url = "{segmentation}"
        contacts_url = "{contacts}"
        ingress_url = "{ingress}"
        [line]
        base_url = "{line}"
        [meta]
        base_url = "{line}"
        [links]
        base_url = "https://links.example"
        secret = "links-secret-of-thirty-two-bytes"
        "#
    )
}

pub(crate) fn create(text: &str) -> CreateBroadcastRequest {
    CreateBroadcastRequest {
        request_id: Uuid::new_v4().to_string(),
        account_id: ACCOUNT.to_string(),
        name: "Spring".to_owned(),
        audience: None,
        messages: vec![Message {
            content: Some(Content::Text(TextMessage {
                text: text.to_owned(),
            })),
            ..Message::default()
        }],
        personal_links: false,
    }
}

/// Credentials with this token, as contacts seals them.
pub(crate) async fn sealed(vault: &Vault, access_token: &str) -> Vec<u8> {
    let credentials = AccountCredentials {
        access_token: access_token.to_owned(),
        channel_secret: "secret".to_owned(),
        business_account_id: WABA.to_owned(),
        ..AccountCredentials::default()
    };
    vault
        .seal_for_team(TEAM, "credentials", &credentials.encode_to_vec())
        .await
        .unwrap()
}

async fn know_account(pool: &PgPool, vault: &Vault) {
    let sealed = sealed(vault, "token").await;
    sqlx::query("INSERT INTO accounts VALUES ($1, $2, $3, 'Shop', $4)")
        .bind(ACCOUNT)
        .bind(TEAM)
        .bind(i32::from(ChannelKind::Line))
        .bind(sealed)
        .execute(pool)
        .await
        .unwrap();
}

async fn open_log(pool: &PgPool, lifecycle: &Lifecycle) -> EventStore {
    let config = LogConfig {
        name: "broadcasts",
        partitions: 2,
    };
    let (log, appender) = EventStore::open(pool.clone(), &config).await.unwrap();
    lifecycle.spawn("log", async {
        appender.run().await;
        Ok(())
    });
    log
}

async fn serve(config: &str) -> (String, DropGuard) {
    let lifecycle = Lifecycle::new();
    let config = Config::load_with(config).unwrap();
    let address = broadcast::start(config, Arc::new(SystemClock), &lifecycle)
        .await
        .unwrap();
    (
        format!("http://{address}"),
        lifecycle.shutdown().drop_guard(),
    )
}
