use std::sync::Arc;

use bootstrap::{AuthConfig, Clock, FixedClock, Lifecycle, issue_token};
use chrono::DateTime;
use event_sourcing::EventCodec as _;
use event_store::{LogPosition, LoggedEvent, read_log};
use events::{IngressLogEvent, common::Channel, contact::AccountCredentials};
use ingress::{Config, Started};
use prost::Message as _;
use reqwest::{Client, redirect::Policy};
use sqlx::PgPool;
use test_support::{Database, TestDatabase, TestNats};
use tokio_util::sync::DropGuard;
use uuid::Uuid;
use vault::{Aad, MasterKey, Vault};

use crate::contacts::Contacts;

pub(crate) const TEAM: Uuid = Uuid::from_u128(0xa);
pub(crate) const ACCOUNT: Uuid = Uuid::from_u128(0xacc);
pub(crate) const PAGE_ACCOUNT: Uuid = Uuid::from_u128(0xaccb);
pub(crate) const PAGE: &str = "1093";
pub(crate) const PHONE_ACCOUNT: Uuid = Uuid::from_u128(0xaccc);
pub(crate) const PHONE: &str = "1060";
pub(crate) const MAIL_ACCOUNT: Uuid = Uuid::from_u128(0xaccd);
pub(crate) const VERIFY_TOKEN: &str = "verify-token";
pub(crate) const LINK: Uuid = Uuid::from_u128(0x11);
pub(crate) const BROADCAST: Uuid = Uuid::from_u128(0xbc);
pub(crate) const CHANNEL_SECRET: &str = "channel-secret";
pub(crate) const LINKS_SECRET: &str = "links-secret-of-thirty-two-bytes";
pub(crate) const AUTH_SECRET: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

/// The ingress with one account and one link. Stops when dropped.
pub(crate) struct App {
    pub(crate) started: Started,
    pub(crate) pool: PgPool,
    pub(crate) vault: Vault,
    pub(crate) nats: TestNats,
    pub(crate) http: Client,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) contacts: Contacts,
    config: String,
    _vault_database: TestDatabase,
    _stop: DropGuard,
}

impl App {
    pub(crate) async fn start() -> Self {
        let (database, vault_database, nats) = tokio::join!(
            TestDatabase::create(Database::Ingress),
            TestDatabase::create(Database::Vault),
            TestNats::start()
        );
        let contacts = Contacts::start(&nats).await;
        let master = MasterKey::generate();
        let master_key = secrecy::ExposeSecret::expose_secret(&master.encode()).to_owned();
        let config = format!(
            r#"
            listen = "127.0.0.1:0"
            http_listen = "127.0.0.1:0"
            log_partitions = 2
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
            [links]
            secret = "{LINKS_SECRET}"
            [peers]
            contacts_url = "{}"
            "#,
            database.url,
            vault_database.url,
            nats.url(),
            contacts.log.url,
        );
        let vault = Vault::new(vault_database.pool.clone(), master);
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let clock = Arc::new(FixedClock::new(now));
        let (started, stop) = serve(&config, &clock).await;
        let app = Self {
            started,
            pool: database.pool,
            vault,
            nats,
            http: browser(),
            clock,
            contacts,
            config,
            _vault_database: vault_database,
            _stop: stop,
        };
        app.know_account_and_link().await;
        app
    }

    /// Starts the service once more, beside the first.
    pub(crate) async fn start_another(&self) -> DropGuard {
        serve(&self.config, &self.clock).await.1
    }

    /// As the events of others would have told it.
    async fn know_account_and_link(&self) {
        let sealed = self.sealed(CHANNEL_SECRET).await;
        sqlx::query("INSERT INTO accounts VALUES ($1, $2, $3, $4)")
            .bind(ACCOUNT)
            .bind(TEAM)
            .bind(i32::from(Channel::Line))
            .bind(sealed)
            .execute(&self.pool)
            .await
            .unwrap();
        for (account, channel, own_id) in [
            (PAGE_ACCOUNT, Channel::Messenger, PAGE),
            (PHONE_ACCOUNT, Channel::Whatsapp, PHONE),
            (MAIL_ACCOUNT, Channel::Email, "shop@example.com"),
        ] {
            self.know_account(account, channel, own_id).await;
        }
        sqlx::query("INSERT INTO links VALUES ($1, $2, $3, 'https://shop.example/new?a=1')")
            .bind(LINK)
            .bind(TEAM)
            .bind(BROADCAST)
            .execute(&self.pool)
            .await
            .unwrap();
    }

    async fn know_account(&self, account_id: Uuid, channel: Channel, own_id: &str) {
        let sealed = self.sealed(CHANNEL_SECRET).await;
        sqlx::query(
            "INSERT INTO accounts (account_id, team_id, channel, sealed_credentials, channel_account_id)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(account_id)
        .bind(TEAM)
        .bind(i32::from(channel))
        .bind(sealed)
        .bind(own_id)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    /// Credentials with this secret, as contacts seals them.
    pub(crate) async fn sealed(&self, channel_secret: &str) -> Vec<u8> {
        let credentials = AccountCredentials {
            access_token: "token".to_owned(),
            channel_secret: channel_secret.to_owned(),
            verify_token: VERIFY_TOKEN.to_owned(),
            ..AccountCredentials::default()
        };
        self.vault
            .seal_for_team(TEAM, "credentials", &credentials.encode_to_vec())
            .await
            .unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.started.http)
    }

    pub(crate) fn token(team_id: Uuid) -> String {
        let auth = AuthConfig {
            secret: AUTH_SECRET.into(),
        };
        issue_token(&auth, team_id, "person:shop")
    }

    /// What was journalled, partition by partition.
    pub(crate) async fn journalled(&self) -> Vec<(LoggedEvent, IngressLogEvent)> {
        let mut journalled = Vec::new();
        for partition in 0..2 {
            let start = LogPosition {
                partition,
                position: 0,
            };
            for event in read_log(&self.pool, start, 1000).await.unwrap() {
                let decoded = IngressLogEvent::decode(&event.event_type, &event.payload).unwrap();
                journalled.push((event, decoded));
            }
        }
        journalled
    }

    /// What was inside the webhooks that were journalled for an account, and how many of them name a sender.
    pub(crate) async fn opened(&self, account: Uuid) -> (Vec<Vec<u8>>, usize) {
        let today = self.clock.now().date_naive();
        let key = self.vault.day_key(today).await.unwrap().unwrap();
        let (mut opened, mut senders) = (Vec::new(), 0);
        for (logged, event) in self.journalled().await {
            let IngressLogEvent::WebhookReceived(received) = event else {
                continue;
            };
            assert_eq!(events::id(&received.account_id), account);
            let aad = Aad {
                team_id: TEAM,
                subject_id: account,
                event_id: logged.event_id,
                event_type: &logged.event_type,
            };
            let mut body = key.open(&aad, &received.sealed_body).unwrap();
            if let Some(sender) = events::ids(&received.sender_key_id).next() {
                let keys = self.vault.find_sender_keys(TEAM, &[sender]).await.unwrap();
                let aad = Aad {
                    subject_id: sender,
                    ..aad
                };
                body = keys.open(&aad, &body).unwrap().plain().unwrap();
                senders += 1;
            }
            opened.push(body);
        }
        (opened, senders)
    }
}

async fn serve(config: &str, clock: &Arc<FixedClock>) -> (Started, DropGuard) {
    let config = Config::load_with(config).unwrap();
    let lifecycle = Lifecycle::new();
    let clock: Arc<dyn Clock> = Arc::<FixedClock>::clone(clock);
    let started = ingress::start(config, clock, &lifecycle).await.unwrap();
    (started, lifecycle.shutdown().drop_guard())
}

/// Follows no redirect, so that a test sees where it would be led.
fn browser() -> Client {
    // Fails where another test of this process was first.
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = Client::builder().no_proxy().tls_certs_only([]);
    client.redirect(Policy::none()).build().unwrap()
}
