//! The log that webhooks come from, as the ingress keeps it.

use chrono::DateTime;
use event_sourcing::{EventCodec as _, StreamId};
use events::{
    IngressLogEvent,
    common::Channel,
    ingested::{PersonEvent, WebhookReceived},
    to_bytes,
};
use prost::Message as _;
use serde_json::Value;
use sqlx::PgPool;
use test_support::{Database, PeerLog, TestDatabase, TestNats, eventually};
use uuid::Uuid;
use vault::{Aad, Vault};

use crate::app::{auth, vault_config};

pub(crate) struct Ingress {
    pub(crate) log: PeerLog,
    pub(crate) vault: Vault,
}

impl Ingress {
    pub(crate) async fn start(nats: &TestNats, vault_database: &TestDatabase) -> Self {
        Self {
            log: PeerLog::start(nats, Database::Ingress, "ingress", &auth()).await,
            vault: Vault::connect(&vault_config(vault_database)).await.unwrap(),
        }
    }

    /// Journals one event of LINE's webhook, as often as it is delivered.
    pub(crate) async fn webhook(&self, team_id: Uuid, account: &str, body: &str) {
        let event: Value = serde_json::from_str(body).unwrap();
        let sender = event["source"]["userId"].as_str();
        self.journal(team_id, account, Channel::Line, sender, body.as_bytes())
            .await;
    }

    /// Journals what a person did on a channel of Meta's, as often as it is delivered.
    pub(crate) async fn person_event(
        &self,
        team_id: Uuid,
        account: &str,
        channel: Channel,
        event: &PersonEvent,
    ) {
        let sender = Some(event.external_id.as_str());
        self.journal(team_id, account, channel, sender, &event.encode_to_vec())
            .await;
    }

    async fn journal(
        &self,
        team_id: Uuid,
        account: &str,
        channel: Channel,
        sender: Option<&str>,
        body: &[u8],
    ) {
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
        let (body, sender_key_id) = self.sealed_for_sender(aad, sender, body).await;
        let event = IngressLogEvent::WebhookReceived(WebhookReceived {
            account_id: to_bytes(account_id),
            channel: channel.into(),
            webhook_event_id: String::new(),
            occurred_at: None,
            key_day: KEY_DAY,
            sealed_body: key.seal(&aad, &body),
            sender_key_id,
        });
        let stream = StreamId {
            category: "webhook",
            id: Uuid::now_v7(),
        };
        self.log
            .append(team_id, stream, event_id, event.encode())
            .await;
    }

    /// What is sealed with the day's key: what somebody sends is sealed with a key of theirs before.
    async fn sealed_for_sender(
        &self,
        aad: Aad<'_>,
        sender: Option<&str>,
        body: &[u8],
    ) -> (Vec<u8>, Vec<u8>) {
        let Some(user_id) = sender else {
            return (body.to_vec(), Vec::new());
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
        let sealed = sender.key.seal(&aad, body);
        (sealed, to_bytes(sender.id))
    }

    /// Journals a fact about mail. Returns its id.
    pub(crate) async fn mail(&self, team_id: Uuid, event: IngressLogEvent) -> Uuid {
        let event_id = Uuid::now_v7();
        let stream = StreamId {
            category: "unsubscribe",
            id: event_id,
        };
        self.log
            .append(team_id, stream, event_id, event.encode())
            .await;
        event_id
    }

    /// Waits until the service has consumed all that was journalled.
    pub(crate) async fn consumed(&self, contacts: &PgPool) {
        let heads = event_store::read_heads(self.log.store.pool())
            .await
            .unwrap();
        eventually("the webhooks are consumed", async || {
            let rows = sqlx::query!(
                "SELECT partition, position FROM checkpoints WHERE consumer IN ('webhooks', 'mail')",
            );
            let rows = rows.fetch_all(contacts).await.unwrap();
            let is_consumed = heads.iter().all(|head| {
                let there = rows
                    .iter()
                    .filter(|row| (row.partition, row.position) == (head.partition, head.position));
                there.count() == 2
            });
            is_consumed.then_some(())
        })
        .await;
    }
}
