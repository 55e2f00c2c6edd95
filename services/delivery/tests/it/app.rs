use std::{collections::HashMap, sync::Arc};

use bootstrap::{Clock, Lifecycle, ShiftedClock};
use broadcast_domain::{
    Audience, Broadcast, BroadcastCommand, Chunk, ChunkCommand, Draft, Frozen, WrittenContent,
    aggregation_unit, chunk_id, compose, personal_link_token, render,
};
use channels::line::{LineClient, Timeouts};
use delivery::Config;
use event_sourcing::{Aggregate as _, EventCodec as _, StreamId};
use event_store::{
    Append, AppendError, Appended, CommandContext, EventStore, Expected, LogConfig, NewEvent,
};
use events::{BroadcastLogEvent, common::Channel, contact::AccountCredentials, join_ids};
use prost::Message as _;
use secrecy::ExposeSecret as _;
use simulator::{ChannelSettings, Control, Fault, Options, Simulator, Totals, UserId, UserState};
use sqlx::PgPool;
use test_support::{Database, TestDatabase};
use tokio_util::sync::DropGuard;
use uuid::Uuid;
use vault::{Aad, MasterKey, Vault};

pub(crate) const TEAM: Uuid = Uuid::from_u128(0xa);
pub(crate) const ACCOUNT: Uuid = Uuid::from_u128(0xacc);
pub(crate) const CHANNEL: &str = "shop";
pub(crate) const LINKS_SECRET: &str = "links-secret-of-thirty-two-bytes";
pub(crate) const TOKEN: &str = "token-of-the-shop";

/// A broadcast database with an account, and a LINE to send to. Workers are started by the test.
pub(crate) struct App {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) control: Control,
    pub(crate) clock: Arc<ShiftedClock>,
    pub(crate) vault: Vault,
    /// Of mail.
    pub(crate) smtp: std::net::SocketAddr,
    line_url: String,
    database: TestDatabase,
    vault_database: TestDatabase,
    master_key: String,
    _simulator: Simulator,
    _stop: DropGuard,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::with(ChannelSettings::default()).await
    }

    pub(crate) async fn with(settings: ChannelSettings) -> Self {
        let (database, vault_database) = tokio::join!(
            TestDatabase::create(Database::Broadcast),
            TestDatabase::create(Database::Vault),
        );
        let simulator = Simulator::start(Options::default()).await.unwrap();
        let master = MasterKey::generate();
        let log = LogConfig {
            name: "broadcasts",
            partitions: 2,
        };
        let pool = database.pool.clone();
        let (store, appender) = EventStore::open(pool.clone(), &log).await.unwrap();
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("appender", async {
            appender.run().await;
            Ok(())
        });
        let app = Self {
            pool,
            store,
            control: simulator.control().unwrap(),
            clock: Arc::default(),
            master_key: master.encode().expose_secret().to_owned(),
            vault: Vault::new(vault_database.pool.clone(), master),
            smtp: simulator.smtp_address,
            line_url: simulator.url(),
            database,
            vault_database,
            _simulator: simulator,
            _stop: lifecycle.shutdown().drop_guard(),
        };
        app.set_channel(settings).await;
        app.connect_account(ACCOUNT, TOKEN).await;
        app
    }

    pub(crate) async fn set_channel(&self, settings: ChannelSettings) {
        let settings = ChannelSettings {
            access_token: TOKEN.to_owned(),
            channel_secret: "secret".to_owned(),
            ..settings
        };
        self.control.set_channel(CHANNEL, &settings).await.unwrap();
    }

    /// As the contacts service's events tell it.
    pub(crate) async fn connect_account(&self, account_id: Uuid, token: &str) {
        self.connect(Channel::Line, account_id, "", token).await;
    }

    pub(crate) async fn connect(
        &self,
        channel: Channel,
        account_id: Uuid,
        channel_account_id: &str,
        token: &str,
    ) {
        let credentials = AccountCredentials {
            access_token: token.to_owned(),
            channel_secret: "secret".to_owned(),
            ..AccountCredentials::default()
        };
        self.connect_with(channel, account_id, channel_account_id, &credentials)
            .await;
    }

    pub(crate) async fn connect_with(
        &self,
        channel: Channel,
        account_id: Uuid,
        channel_account_id: &str,
        credentials: &AccountCredentials,
    ) {
        let credentials = credentials.encode_to_vec();
        let sealed = self.vault.seal_for_team(TEAM, "credentials", &credentials);
        sqlx::query(
            "INSERT INTO accounts (account_id, team_id, channel, name, sealed_credentials,
                                   channel_account_id)
             VALUES ($1, $2, $3, 'shop', $4, $5)
             ON CONFLICT (account_id) DO UPDATE
             SET sealed_credentials = excluded.sealed_credentials, disconnected_at = NULL",
        )
        .bind(account_id)
        .bind(TEAM)
        .bind(i32::from(channel))
        .bind(sealed.await.unwrap())
        .bind(channel_account_id)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    pub(crate) async fn disconnect_account(&self) {
        sqlx::query("UPDATE accounts SET disconnected_at = now() WHERE account_id = $1")
            .bind(ACCOUNT)
            .execute(&self.pool)
            .await
            .unwrap();
    }

    pub(crate) fn config(&self) -> Config {
        Config::load_with(&format!(
            r#"
            log_partitions = 2
            [postgres]
            url = "{}"
            max_connections = 6
            [vault]
            master_key = "{}"
            [vault.postgres]
            url = "{}"
            max_connections = 2
            [nats]
            url = "nats://127.0.0.1:1"
            [line]
            base_url = "{}"
            request_timeout_seconds = 1
            [meta]
            base_url = "{}"
            request_timeout_seconds = 5
            [mail]
            per_second = 1000
            request_timeout_seconds = 5
            end_timeout_seconds = 5
            [links]
            base_url = "https://links.example"
            secret = "{LINKS_SECRET}"
            [sending]
            lease_seconds = 2
            quota_retry_seconds = 1
            poll_milliseconds_min = 10
            poll_milliseconds_max = 50
            "#,
            self.database.url,
            self.master_key,
            self.vault_database.url,
            self.line_url,
            self.line_url,
        ))
        .unwrap()
    }

    /// Starts a process that sends; it stops in good order when dropped.
    pub(crate) async fn deliver(&self) -> DropGuard {
        self.deliver_with(self.config()).await
    }

    pub(crate) async fn deliver_with(&self, config: Config) -> DropGuard {
        let lifecycle = Lifecycle::new();
        let clock: Arc<dyn Clock> = self.clock.clone();
        delivery::start(config, clock, &lifecycle).await.unwrap();
        lifecycle.shutdown().drop_guard()
    }

    /// What a worker would speak to LINE with.
    pub(crate) fn line(&self) -> LineClient {
        LineClient::try_new(&self.line_url, &TOKEN.into(), Timeouts::default()).unwrap()
    }

    pub(crate) async fn fault(&self, faults: impl IntoIterator<Item = Fault>) {
        let faults = faults.into_iter().collect();
        self.control.set_faults(1, faults).await.unwrap();
    }

    pub(crate) async fn nobody(&self, people: impl IntoIterator<Item = u64>) {
        let states: HashMap<UserId, UserState> = people
            .into_iter()
            .map(|number| (user(number), UserState::Nonexistent))
            .collect();
        self.control.set_users(CHANNEL, &states).await.unwrap();
    }

    pub(crate) async fn totals(&self) -> Totals {
        self.control.totals(CHANNEL).await.unwrap()
    }

    pub(crate) async fn execute(&self, broadcast_id: Uuid, command: BroadcastCommand) {
        self.store
            .execute::<Broadcast>(&context(), broadcast_id, command)
            .await
            .unwrap();
    }

    pub(crate) async fn execute_chunk(&self, chunk_id: Uuid, command: ChunkCommand) {
        self.store
            .execute::<Chunk>(&context(), chunk_id, command)
            .await
            .unwrap();
    }

    /// As a worker that believes the chunk to be at this version.
    pub(crate) async fn append(
        &self,
        chunk_id: Uuid,
        version: i64,
        events: &[BroadcastLogEvent],
    ) -> Result<Appended, AppendError> {
        self.store
            .append(Append {
                stream: StreamId {
                    category: Chunk::CATEGORY,
                    id: chunk_id,
                },
                team_id: TEAM,
                expected: Expected::Version(version),
                request_id: None,
                answer: Vec::new(),
                metadata: Vec::new(),
                events: events
                    .iter()
                    .map(|event| NewEvent::new(event.encode()))
                    .collect(),
            })
            .await
    }

    pub(crate) async fn resume(&self, broadcast_id: Uuid) {
        let at = self.clock.now();
        self.execute(broadcast_id, BroadcastCommand::Resume { at })
            .await;
    }
}

/// A broadcast that was frozen: people `first` and following, in chunks.
pub(crate) struct Frozenly {
    pub(crate) account_id: Uuid,
    pub(crate) first: u64,
    pub(crate) chunks: Vec<u64>,
    /// May have tracked links, written `{{https://…}}`, if they are personal.
    pub(crate) text: String,
    pub(crate) personal_links: bool,
    pub(crate) sent: Sent,
}

/// What is sent, and by which channel.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) channel: Channel,
    /// As the broadcast service stores it; of LINE it is made of the text.
    pub(crate) content: Option<String>,
    pub(crate) address: fn(u64) -> String,
}

impl Default for Sent {
    fn default() -> Self {
        Self {
            channel: Channel::Line,
            content: None,
            address: |number| user(number).to_string(),
        }
    }
}

impl Default for Frozenly {
    fn default() -> Self {
        Self {
            account_id: ACCOUNT,
            first: 0,
            chunks: vec![3],
            text: "hello".to_owned(),
            personal_links: false,
            sent: Sent::default(),
        }
    }
}

impl App {
    pub(crate) async fn broadcast(&self, chunks: impl IntoIterator<Item = u64>) -> Uuid {
        self.freeze(Frozenly {
            chunks: chunks.into_iter().collect(),
            ..Frozenly::default()
        })
        .await
    }

    /// As the broadcast service leaves it.
    pub(crate) async fn freeze(&self, broadcast: Frozenly) -> Uuid {
        let id = Uuid::now_v7();
        let sent = &broadcast.sent;
        let content = sent.content.clone();
        let text = if broadcast.personal_links {
            with_nobodys_links(id, &broadcast.text)
        } else {
            broadcast.text.clone()
        };
        let content = content.unwrap_or_else(|| messages(&text));
        self.store_content(id, &content, broadcast.personal_links)
            .await;
        let mut first = broadcast.first;
        for (index, people) in (0..).zip(&broadcast.chunks) {
            let people: Vec<u64> = (first..first + people).collect();
            let addresses: Vec<String> = people.iter().map(|n| (sent.address)(*n)).collect();
            self.store_chunk(id, broadcast.account_id, index, &people, &addresses)
                .await;
            first += people.len() as u64;
        }
        let at = self.clock.now();
        let draft = Draft {
            broadcast_id: id,
            account_id: broadcast.account_id,
            channel: sent.channel,
            name: "spring".to_owned(),
            audience: Audience::Clear(events::segment::Filter::default()),
            messages: Vec::new(),
            links: Vec::new(),
            personal_links: broadcast.personal_links,
        };
        self.execute(id, BroadcastCommand::Draft { draft, at })
            .await;
        let confirm = BroadcastCommand::Confirm {
            preview_hash: vec![1],
            policy_version: "1".to_owned(),
            at,
        };
        self.execute(id, confirm).await;
        let frozen = Frozen {
            included: i64::try_from(first - broadcast.first).unwrap(),
            excluded: Vec::new(),
            chunk_count: u32::try_from(broadcast.chunks.len()).unwrap(),
            digest: vec![1],
        };
        self.execute(id, BroadcastCommand::Freeze { frozen, at })
            .await;
        sqlx::query("UPDATE dispatch_chunks SET state = 'ready' WHERE broadcast_id = $1")
            .bind(id)
            .execute(&self.pool)
            .await
            .unwrap();
        id
    }

    async fn store_content(&self, broadcast_id: Uuid, content: &str, personal_links: bool) {
        sqlx::query(
            "INSERT INTO dispatch_contents (broadcast_id, messages_json, aggregation_unit, personal_links)
             VALUES ($1, $2, $3, $4)",
        )
        .bind(broadcast_id)
        .bind(content)
        .bind(aggregation_unit(broadcast_id))
        .bind(personal_links)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    pub(crate) async fn store_chunk(
        &self,
        broadcast_id: Uuid,
        account_id: Uuid,
        index: u32,
        people: &[u64],
        addresses: &[String],
    ) {
        let chunk_id = chunk_id(broadcast_id, index);
        let contact_ids: Vec<Uuid> = people.iter().map(|number| contact(*number)).collect();
        let key = self
            .vault
            .broadcast_key(TEAM, broadcast_id)
            .await
            .unwrap()
            .unwrap();
        let aad = Aad {
            team_id: TEAM,
            subject_id: broadcast_id,
            event_id: chunk_id,
            event_type: "fanfare.dispatch.addresses",
        };
        sqlx::query(
            "INSERT INTO dispatch_chunks (chunk_id, broadcast_id, account_id, team_id, chunk_index,
                 attempt_id, state, recipients, contact_ids, sealed_addresses)
             VALUES ($1, $2, $3, $4, $5, $2, 'staged', $6, $7, $8)",
        )
        .bind(chunk_id)
        .bind(broadcast_id)
        .bind(account_id)
        .bind(TEAM)
        .bind(i32::try_from(index).unwrap())
        .bind(i32::try_from(people.len()).unwrap())
        .bind(join_ids(contact_ids.clone()))
        .bind(key.seal(&aad, addresses.join("\n").as_bytes()))
        .execute(&self.pool)
        .await
        .unwrap();
        let store = ChunkCommand::Store {
            chunk_id,
            broadcast_id,
            account_id,
            index,
            contact_ids,
        };
        self.execute_chunk(chunk_id, store).await;
    }
}

pub(crate) fn user(number: u64) -> UserId {
    UserId::nth(1, number)
}

pub(crate) fn contact(number: u64) -> Uuid {
    Uuid::from_u128(0xc0_0000 + u128::from(number))
}

/// Not checked here, so that LINE can refuse it.
pub(crate) fn messages(text: &str) -> String {
    serde_json::json!([{ "type": "text", "text": text }]).to_string()
}

/// As the broadcast service renders it.
fn with_nobodys_links(broadcast_id: Uuid, text: &str) -> String {
    let text = text.to_owned();
    let composed = compose(broadcast_id, &[WrittenContent::Text { text }.into()]).unwrap();
    let Some(events::broadcasts::message_content::Content::Text(stored)) =
        &composed.messages[0].content
    else {
        panic!("a text");
    };
    render(&stored.text, &composed.links, |link_id| {
        personal_link_token(LINKS_SECRET.as_bytes(), link_id, Uuid::nil())
    })
}

fn context() -> CommandContext {
    CommandContext {
        team_id: TEAM,
        ..CommandContext::default()
    }
}
