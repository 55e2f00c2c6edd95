use std::{collections::HashMap, sync::Arc};

use anyhow::Context as _;
use event_bus::ConsistencyToken;
use event_store::EventStore;
use futures_util::future::try_join_all;
use proto::contacts::v1::{ImportCounts, RefusedRow};
use sqlx::PgPool;
use tokio::task::spawn_blocking;
use uuid::Uuid;
use vault::{ContactKeys, Vault};

use super::{
    batches::{Batch, TakenRow},
    events::{Changed, ImportOf, appends},
};
use crate::registry::{Person, register};

/// Writes the rows of one import.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) vault: Vault,
    pub(crate) import: Arc<ImportOf>,
}

/// What became of a batch.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) counts: ImportCounts,
    pub(crate) refused: Vec<RefusedRow>,
    pub(crate) token: ConsistencyToken,
}

impl Writer {
    /// Imports the rows that are not yet imported as they are.
    ///
    /// Idempotent: what a crash cut off is imported by importing again, and nothing twice.
    pub(crate) async fn write(&self, batch: Batch) -> anyhow::Result<Written> {
        let taken = batch.rows.len();
        let mut changed = self.changed(batch.rows).await?;
        let ids: Vec<Uuid> = changed.iter().map(|changed| changed.contact_id).collect();
        let keys = self
            .vault
            .ensure_contact_keys(self.import.team_id, &ids)
            .await
            .context("cannot get the contacts' keys")?;
        // Who was erased stays erased, whatever old files say.
        changed.retain(|changed| !keys.is_erased(changed.contact_id));

        let added = changed.iter().filter(|changed| changed.is_new).count();
        let counts = ImportCounts {
            rows: count(taken + batch.refused.len()),
            added: count(added),
            updated: count(changed.len() - added),
            unchanged: count(taken - changed.len()),
            refused: count(batch.refused.len()),
        };
        Ok(Written {
            counts,
            refused: batch.refused,
            token: self.append(changed, keys).await?,
        })
    }

    /// The rows that say something new.
    async fn changed(&self, rows: Vec<TakenRow>) -> anyhow::Result<Vec<Changed>> {
        let people = rows.iter().map(|row| self.person(row)).collect();
        let registered = register(&self.pool, people)
            .await
            .context("cannot register contacts")?;
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
            if digest != Some(&row.fingerprints.digest) {
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
            identity: row.fingerprints.identity.to_vec(),
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
