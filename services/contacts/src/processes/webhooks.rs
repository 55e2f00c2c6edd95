use std::{collections::HashMap, future::ready};

use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::{Append, EventStore, LoggedEvent};
use events::{IngressLogEvent, common::Channel, ingested::WebhookReceived};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sqlx::{PgPool, PgTransaction};
use uuid::Uuid;
use vault::{ContactKeys, Vault, VaultError};

use super::{fact::Fact, facts::append, line_event, person_event};
use crate::{
    registry::{Person, register},
    sealing,
};

/// Appends that wait at the same time are committed together.
const APPENDING_MAX: usize = 256;

/// Makes contacts' facts of what channels report, each once however often it is reported.
///
/// A person who is not known yet becomes a contact.
#[derive(Debug)]
pub(crate) struct Webhooks {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) vault: Vault,
}

impl Handler for Webhooks {
    async fn apply(
        &self,
        _tx: &mut PgTransaction<'_>,
        logged: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let mut webhooks = Vec::new();
        for logged in logged {
            let event = IngressLogEvent::decode(&logged.event_type, &logged.payload)?;
            if let IngressLogEvent::WebhookReceived(webhook) = event {
                webhooks.push((logged, webhook));
            }
        }
        let reports = self.read(webhooks).await?;
        if reports.is_empty() {
            return Ok(());
        }
        let appends = self.appends(reports).await?;
        self.append_all(appends).await
    }
}

/// What a webhook tells of a person.
pub(super) struct Report<'a> {
    pub(super) logged: &'a LoggedEvent,
    pub(super) person: Person,
    pub(super) channel: Channel,
    pub(super) fact: Fact,
}

impl Webhooks {
    /// Opens what was sent. A body whose key was destroyed is too old to be read, or of a person who was
    /// deleted since, and is left out.
    async fn read<'a>(
        &self,
        webhooks: Vec<(&'a LoggedEvent, WebhookReceived)>,
    ) -> Result<Vec<Report<'a>>, HandlerError> {
        let senders = self.senders(&webhooks).await?;
        let nobody = ContactKeys::default();
        let mut reports = Vec::new();
        for (logged, webhook) in webhooks {
            // Cached, all but the first.
            let key = match sealing::key_day(&webhook) {
                Some(day) => self.vault.day_key(day).await.map_err(transient)?,
                None => None,
            };
            let lookup = self.vault.lookup_key(logged.team_id).await;
            let lookup = lookup.map_err(transient)?;
            let senders = senders.get(&logged.team_id).unwrap_or(&nobody);
            let body = sealing::open_webhook(key.as_ref(), senders, logged, &webhook)
                .map_err(HandlerError::permanent)?;
            let Some(fact) = body.and_then(|body| read(webhook.channel(), &body)) else {
                continue;
            };
            let account_id = events::id(&webhook.account_id);
            let identity = lookup.identity(account_id, fact.person.as_str());
            reports.push(Report {
                logged,
                person: Person {
                    team_id: logged.team_id,
                    account_id,
                    identity,
                },
                channel: webhook.channel(),
                fact,
            });
        }
        Ok(reports)
    }

    /// The keys of all who sent something, a query for each team.
    async fn senders(
        &self,
        webhooks: &[(&LoggedEvent, WebhookReceived)],
    ) -> Result<HashMap<Uuid, ContactKeys>, HandlerError> {
        let mut ids: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for (logged, webhook) in webhooks {
            let of_team = ids.entry(logged.team_id).or_default();
            of_team.extend(sealing::sender_key_id(webhook));
        }
        let mut keys = HashMap::new();
        for (team_id, ids) in ids {
            let of_team = self.vault.find_sender_keys(team_id, &ids).await;
            keys.insert(team_id, of_team.map_err(transient)?);
        }
        Ok(keys)
    }

    /// Finds contacts and keys for the whole batch at once. Who was erased stays erased.
    async fn appends(&self, reports: Vec<Report<'_>>) -> Result<Vec<Append>, HandlerError> {
        let people = reports.iter().map(|report| report.person.clone()).collect();
        let registered = register(&self.pool, people).await?;
        let mut teams: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for (person, registered) in &registered {
            let contacts = teams.entry(person.team_id).or_default();
            contacts.push(registered.contact_id);
        }
        let mut keys = HashMap::new();
        for (team_id, contact_ids) in teams {
            let of_team = self.vault.ensure_contact_keys(team_id, &contact_ids).await;
            keys.insert(team_id, of_team.map_err(transient)?);
        }

        let appends = reports.into_iter().filter_map(|report| {
            let contact_id = registered.get(&report.person)?.contact_id;
            let key = keys.get(&report.person.team_id)?.live(contact_id)?;
            Some(append(contact_id, key, report))
        });
        Ok(appends.collect())
    }

    async fn append_all(&self, appends: Vec<Append>) -> Result<(), HandlerError> {
        stream::iter(appends)
            .map(|append| self.store.append(append))
            .buffer_unordered(APPENDING_MAX)
            .try_for_each(|_| ready(Ok(())))
            .await
            .map_err(HandlerError::transient)
    }
}

/// What a person did. `None`: it is of nobody that can be told.
fn read(channel: Channel, body: &[u8]) -> Option<Fact> {
    match channel {
        Channel::Line => line_event::parse(body),
        Channel::Messenger | Channel::Whatsapp => person_event::parse(channel, body),
        Channel::Email | Channel::Unspecified => None,
    }
}

fn transient(error: VaultError) -> HandlerError {
    HandlerError::transient(error)
}
