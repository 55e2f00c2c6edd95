//! The log that webhooks come from, as the ingress keeps it.

use std::time::Duration;

use bootstrap::{GrpcServices, Lifecycle, MESSAGE_BYTES_MAX, serve_grpc};
use chrono::DateTime;
use event_bus::{LogGrpc, Relay};
use event_sourcing::{EventCodec as _, StreamId};
use event_store::{Append, EventStore, Expected, LogConfig, NewEvent};
use events::{IngressLogEvent, common::Channel, ingested::WebhookReceived, to_bytes};
use proto::log::v1::log_service_server::LogServiceServer;
use serde_json::Value;
use sqlx::PgPool;
use test_support::{Database, TestDatabase, TestNats, eventually};
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;
use uuid::Uuid;
use vault::{Aad, Vault};

use crate::app::{auth, vault_config};

pub(crate) struct Ingress {
    pub(crate) url: String,
    store: EventStore,
    pub(crate) vault: Vault,
    _database: TestDatabase,
    _stop: DropGuard,
}

impl Ingress {
    pub(crate) async fn start(nats: &TestNats, vault_database: &TestDatabase) -> Self {
        let lifecycle = Lifecycle::new();
        let database = TestDatabase::create(Database::Ingress).await;
        let log = LogConfig {
            name: "ingress",
            partitions: 2,
        };
        let opened = EventStore::open(database.pool.clone(), &log).await;
        let (store, appender) = opened.unwrap();
        lifecycle.spawn("ingress.appender", async move {
            appender.run().await;
            Ok(())
        });
        let relay = Relay::new(store.clone(), nats.client.clone());
        lifecycle.spawn("ingress.relay", relay.run(lifecycle.shutdown()));

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = LogServiceServer::new(LogGrpc::new(store.clone()))
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        let services = GrpcServices::new(&auth()).add(log);
        let drain = Duration::from_secs(1);
        let serve = serve_grpc(services, listener, lifecycle.shutdown(), drain);
        lifecycle.spawn("ingress.grpc", serve);
        Self {
            url,
            store,
            vault: Vault::connect(&vault_config(vault_database)).await.unwrap(),
            _database: database,
            _stop: lifecycle.shutdown().drop_guard(),
        }
    }

    /// Journals one event of a webhook, as often as it is delivered.
    pub(crate) async fn webhook(&self, team_id: Uuid, account: &str, body: &str) {
        const KEY_DAY: u32 = 20_000;
        let account_id: Uuid = account.parse().unwrap();
        let event_id = Uuid::now_v7();
        let day = DateTime::from_timestamp(i64::from(KEY_DAY) * 86_400, 0).unwrap();
        let key = self.vault.day_key(day.date_naive()).await.unwrap().unwrap();
        let aad = Aad {
            team_id,
            subject_id: account_id,
            event_id,
            event_type: "fanfare.events.ingress.v1.WebhookReceived",
        };
        let (body, sender_key_id) = self.sealed_for_sender(aad, body).await;
        let event = IngressLogEvent::WebhookReceived(WebhookReceived {
            account_id: to_bytes(account_id),
            channel: Channel::Line.into(),
            webhook_event_id: String::new(),
            occurred_at: None,
            key_day: KEY_DAY,
            sealed_body: key.seal(&aad, &body),
            sender_key_id,
        });
        let append = Append {
            stream: StreamId {
                category: "webhook",
                id: Uuid::now_v7(),
            },
            team_id,
            expected: Expected::Any,
            request_id: None,
            answer: Vec::new(),
            metadata: Vec::new(),
            events: vec![NewEvent::with_id(event_id, event.encode())],
        };
        self.store.append(append).await.unwrap();
    }

    /// What is sealed with the day's key: what somebody sends is sealed with a key of theirs before.
    async fn sealed_for_sender(&self, aad: Aad<'_>, body: &str) -> (Vec<u8>, Vec<u8>) {
        let event: Value = serde_json::from_str(body).unwrap();
        let Some(user_id) = event["source"]["userId"].as_str() else {
            return (body.as_bytes().to_vec(), Vec::new());
        };
        let lookup = self.vault.lookup_key(aad.team_id).await.unwrap();
        let identity = lookup.identity(aad.subject_id, user_id).to_vec();
        let senders = self
            .vault
            .sender_keys(aad.team_id, std::slice::from_ref(&identity))
            .await;
        let sender = &senders.unwrap()[&identity];
        let aad = Aad {
            subject_id: sender.id,
            ..aad
        };
        let sealed = sender.key.seal(&aad, body.as_bytes());
        (sealed, to_bytes(sender.id))
    }

    /// Waits until the service has consumed all that was journalled.
    pub(crate) async fn consumed(&self, contacts: &PgPool) {
        let heads = event_store::read_heads(self.store.pool()).await.unwrap();
        eventually("the webhooks are consumed", async || {
            let rows = sqlx::query!(
                "SELECT partition, position FROM checkpoints WHERE consumer = 'webhooks'",
            );
            let rows = rows.fetch_all(contacts).await.unwrap();
            let is_consumed = heads.iter().all(|head| {
                rows.iter()
                    .any(|row| (row.partition, row.position) == (head.partition, head.position))
            });
            is_consumed.then_some(())
        })
        .await;
    }
}
