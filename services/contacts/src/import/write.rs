use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use anyhow::Context as _;
use event_bus::ConsistencyToken;
use event_store::EventStore;
use futures_util::future::try_join_all;
use proto::contacts::v1::{ImportCounts, RefusedRow};
use sqlx::PgPool;
use tokio::{task::spawn_blocking, try_join};
use uuid::Uuid;
use vault::{ContactKeys, Vault};

use super::{
    batches::{Batch, TakenRow},
    events::{Changed, ImportOf, appends},
};
use crate::registry::{Person, Registered, find, register};

/// Writes the rows of one import.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) vault: Vault,
    pub(crate) import: Arc<ImportOf>,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) counts: ImportCounts,
    pub(crate) refused: Vec<RefusedRow>,
    pub(crate) token: ConsistencyToken,
    /// Of the file up to here.
    pub(crate) file_digest: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct ChangedCount {
    added: usize,
    updated: usize,
}

impl ChangedCount {
    fn of(changed: &[Changed]) -> Self {
        let added = changed.iter().filter(|changed| changed.is_new).count();
        Self {
            added,
            updated: changed.len() - added,
        }
    }
}

impl Writer {
    /// Imports the rows that are not yet imported as they are.
    ///
    /// Idempotent: what a crash cut off is imported by importing again, and nothing twice.
    pub(crate) async fn write(&self, batch: Batch) -> anyhow::Result<Written> {
        let taken = batch.rows.len();
        let mut counts = ImportCounts {
            rows: count(taken + batch.refused.len()),
            refused: count(batch.refused.len()),
            ..ImportCounts::default()
        };
        let mut written = Written {
            // Those of an earlier try are told again, so that whoever asks has all of them.
            refused: [batch.refused_before, batch.refused].concat(),
            file_digest: batch.file_digest,
            token: batch.token,
            ..Written::default()
        };
        if taken > 0 {
            let changed = if self.import.dry_run {
                self.would_change(batch.rows).await?
            } else {
                let (changed, token) = self.import(batch.rows).await?;
                written.token = written.token.merge(token);
                changed
            };
            counts.added = count(changed.added);
            counts.updated = count(changed.updated);
            counts.unchanged = count(taken - changed.added - changed.updated);
        }
        written.counts = counts;
        Ok(written)
    }

    async fn import(
        &self,
        rows: Vec<TakenRow>,
    ) -> anyhow::Result<(ChangedCount, ConsistencyToken)> {
        let people = rows.iter().map(|row| self.person(row)).collect();
        let registered = register(&self.pool, people)
            .await
            .context("cannot register contacts")?;
        let mut changed = self.changed(rows, &registered).await?;
        let keys = self.keys(&changed, &registered).await?;
        // Who was erased stays erased, whatever old files say.
        changed.retain(|changed| !keys.is_erased(changed.contact_id));
        let count = ChangedCount::of(&changed);
        Ok((count, self.append(changed, keys).await?))
    }

    async fn keys(
        &self,
        changed: &[Changed],
        registered: &HashMap<Person, Registered>,
    ) -> anyhow::Result<ContactKeys> {
        let drawn = registered.values().filter(|registered| registered.is_new);
        let drawn: HashSet<Uuid> = drawn.map(|registered| registered.contact_id).collect();
        let ids = changed.iter().map(|changed| changed.contact_id);
        let (new, known): (Vec<Uuid>, Vec<Uuid>) = ids.partition(|id| drawn.contains(id));
        let team_id = self.import.team_id;
        let (new, known) = try_join!(
            self.vault.new_contact_keys(team_id, &new),
            self.vault.ensure_contact_keys(team_id, &known),
        )
        .context("cannot get the contacts' keys")?;
        Ok(new.with(known))
    }

    async fn would_change(&self, rows: Vec<TakenRow>) -> anyhow::Result<ChangedCount> {
        let people: Vec<Person> = rows.iter().map(|row| self.person(row)).collect();
        let registered = find(&self.pool, &people)
            .await
            .context("cannot find contacts")?;
        let all = rows.len();
        let known: Vec<TakenRow> = rows
            .into_iter()
            .filter(|row| registered.contains_key(&self.person(row)))
            .collect();
        let strangers = all - known.len();
        let count = ChangedCount::of(&self.changed(known, &registered).await?);
        Ok(ChangedCount {
            added: count.added + strangers,
            ..count
        })
    }

    /// The rows that say something new.
    async fn changed(
        &self,
        rows: Vec<TakenRow>,
        registered: &HashMap<Person, Registered>,
    ) -> anyhow::Result<Vec<Changed>> {
        let known: Vec<Uuid> = registered
            .values()
            .filter(|registered| !registered.is_new)
            .map(|registered| registered.contact_id)
            .collect();
        let digests = find_digests(&self.pool, &known)
            .await
            .context("cannot compare with earlier imports")?;

        let mut changed = Vec::with_capacity(rows.len());
        for row in rows {
            let contact_id = registered
                .get(&self.person(&row))
                .context("a contact was registered and is not in the registry")?
                .contact_id;
            let imported = digests.get(&contact_id);
            let digest = imported.and_then(Option::as_deref);
            if digest != Some(&row.digest) {
                changed.push(Changed {
                    contact_id,
                    is_new: imported.is_none(),
                    row,
                });
            }
        }
        Ok(changed)
    }

    async fn append(
        &self,
        changed: Vec<Changed>,
        keys: ContactKeys,
    ) -> anyhow::Result<ConsistencyToken> {
        let store = self.store.clone();
        let import = Arc::clone(&self.import);
        // Thousands of seals are milliseconds of work.
        let appends = spawn_blocking(move || appends(&store, &import, changed, &keys))
            .await
            .context("cannot seal profiles")??;

        let appended = try_join_all(appends.into_iter().map(|append| self.store.append(append)));
        let appended = appended.await.context("cannot append")?;
        let log = self.store.meta().name.as_str();
        Ok(appended
            .iter()
            .fold(ConsistencyToken::default(), |token, appended| {
                token.and(log, appended.at)
            }))
    }

    fn person(&self, row: &TakenRow) -> Person {
        Person {
            team_id: self.import.team_id,
            account_id: self.import.account_id,
            identity: row.fingerprints.identity,
        }
    }
}

/// The last imported row of each contact that the read model has; `None` if it was never imported.
async fn find_digests(
    pool: &PgPool,
    contact_ids: &[Uuid],
) -> sqlx::Result<HashMap<Uuid, Option<Vec<u8>>>> {
    if contact_ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "SELECT contact_id, row_digest FROM contacts WHERE contact_id = ANY($1)",
        contact_ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.contact_id, row.row_digest))
        .collect())
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
