//! Deleting contacts for good.
//!
//! First the fact is appended; from then on it can't be taken back, and whatever is told of the contact
//! changes nothing. Then the registry forgets who the contact was, and the keys are destroyed. A crash in
//! between is made good by [`crate::processes::Erasures`], which does the same for each such fact.
//!
//! Another process may use a key for half a minute longer. That does no harm: what it seals with it can't
//! be opened by anybody who asks the vault again, and what it appends is of a contact that is erased.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Context as _;
use bootstrap::Clock;
use event_bus::ConsistencyToken;
use event_sourcing::EventCodec as _;
use event_store::{Append, EventStore, Expected, NewEvent};
use events::{ContactEvent, ContactsLogEvent, contact::ContactsErased, join_ids, to_bytes};
use futures_util::future::try_join_all;
use sqlx::PgPool;
use uuid::Uuid;
use vault::Vault;

use crate::import::Lanes;

/// Contacts in one event.
pub(crate) const EVENT_CONTACTS_MAX: usize = 5_000;

/// Who deletes, and as part of what.
#[derive(Debug)]
pub(crate) struct Deletion {
    pub(crate) team_id: Uuid,
    /// Of a bulk command.
    pub(crate) job_id: Option<Uuid>,
    /// A protobuf `fanfare.log.v1.EventMetadata`.
    pub(crate) metadata: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Deleted {
    pub(crate) contacts: usize,
    pub(crate) token: ConsistencyToken,
}

/// Deletes contacts, and all that could tell who they were.
#[derive(Debug, Clone)]
pub(crate) struct Eraser {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Eraser {
    /// Deletes those of the team's contacts that there are. It can be repeated.
    pub(crate) async fn delete(
        &self,
        deletion: &Deletion,
        contact_ids: &[Uuid],
    ) -> anyhow::Result<Deleted> {
        let accounts = self.accounts(deletion.team_id, contact_ids).await?;
        let known: Vec<Uuid> = accounts.values().flatten().copied().collect();
        let token = self.append(deletion, accounts).await?;
        forget(&self.pool, &self.vault, deletion.team_id, &known).await?;
        Ok(Deleted {
            contacts: known.len(),
            token,
        })
    }

    /// The contacts that the registry knows, by their accounts: it has each before anything else has.
    async fn accounts(
        &self,
        team_id: Uuid,
        contact_ids: &[Uuid],
    ) -> sqlx::Result<BTreeMap<Uuid, Vec<Uuid>>> {
        let rows = sqlx::query!(
            "SELECT contact_id, account_id FROM contact_identities
             WHERE team_id = $1 AND contact_id = ANY($2) ORDER BY contact_id",
            team_id,
            contact_ids,
        )
        .fetch_all(&self.pool)
        .await?;
        let mut accounts: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        for row in rows {
            accounts
                .entry(row.account_id)
                .or_default()
                .push(row.contact_id);
        }
        Ok(accounts)
    }

    async fn append(
        &self,
        deletion: &Deletion,
        accounts: BTreeMap<Uuid, Vec<Uuid>>,
    ) -> anyhow::Result<ConsistencyToken> {
        let mut appends = Vec::new();
        for (account_id, contact_ids) in accounts {
            let mut partitions: BTreeMap<i16, Vec<Uuid>> = BTreeMap::new();
            for contact_id in contact_ids {
                let partition = self.store.partition_of(contact_id);
                partitions.entry(partition).or_default().push(contact_id);
            }
            let lanes = Lanes::new(&self.store, account_id);
            for (partition, contact_ids) in partitions {
                appends.push(Append {
                    stream: lanes
                        .of(partition)
                        .context("a contact is in a partition that the log does not have")?,
                    team_id: deletion.team_id,
                    expected: Expected::Any,
                    request_id: None,
                    answer: Vec::new(),
                    metadata: deletion.metadata.clone(),
                    events: contact_ids
                        .chunks(EVENT_CONTACTS_MAX)
                        .map(|contact_ids| self.erased(deletion, account_id, contact_ids))
                        .collect(),
                });
            }
        }
        let appended = try_join_all(appends.into_iter().map(|append| self.store.append(append)));
        let appended = appended.await.context("cannot append")?;
        let log = self.store.meta().name.as_str();
        Ok(appended
            .iter()
            .fold(ConsistencyToken::default(), |token, appended| {
                token.and(log, appended.at)
            }))
    }

    fn erased(&self, deletion: &Deletion, account_id: Uuid, contact_ids: &[Uuid]) -> NewEvent {
        let event = ContactsErased {
            account_id: to_bytes(account_id),
            job_id: deletion.job_id.map(to_bytes).unwrap_or_default(),
            contact_ids: join_ids(contact_ids.iter().copied()),
            erased_at: Some(events::to_timestamp(self.clock.now())),
        };
        NewEvent::new(ContactsLogEvent::Contact(ContactEvent::Erased(event)).encode())
    }
}

/// Makes what there is of erased contacts unreadable, and their people strangers. It can be repeated.
///
/// Whoever asks the registry for one of these people meanwhile waits for the end, and then gets a new
/// contact. What was taken in for the old one before is of an erased contact.
pub(crate) async fn forget(
    pool: &PgPool,
    vault: &Vault,
    team_id: Uuid,
    contact_ids: &[Uuid],
) -> anyhow::Result<()> {
    if contact_ids.is_empty() {
        return Ok(());
    }
    let mut tx = pool.begin().await?;
    // In the registry's order, so that nobody waits in a circle.
    let people = sqlx::query!(
        "DELETE FROM contact_identities WHERE ctid = ANY(ARRAY(
             SELECT ctid FROM contact_identities WHERE team_id = $1 AND contact_id = ANY($2)
             ORDER BY team_id, account_id, identity FOR UPDATE
         )) RETURNING identity",
        team_id,
        contact_ids,
    )
    .fetch_all(&mut *tx)
    .await
    .context("cannot forget identities")?;
    let identities: Vec<Vec<u8>> = people.into_iter().map(|person| person.identity).collect();
    vault
        .destroy_sender_keys(team_id, &identities)
        .await
        .context("cannot destroy keys of webhooks")?;
    vault
        .destroy_contact_keys(team_id, contact_ids)
        .await
        .context("cannot destroy keys")?;
    tx.commit().await?;
    Ok(())
}
