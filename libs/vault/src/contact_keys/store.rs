use std::time::Instant;

use sqlx::PgPool;
use uuid::Uuid;

use super::{ContactKey, ContactKeys};
use crate::{
    SealKey, Vault, VaultError,
    cache::KeyId,
    key::{Cipher, Key},
};

const CONTACT: &str = "contact";
/// A statement's arguments stay below 2 MiB.
const KEYS_PER_STATEMENT: usize = 20_000;

/// Whether keys that were made now will be asked for soon.
#[derive(Debug, Clone, Copy)]
enum Caching {
    Kept,
    Skipped,
}

impl Vault {
    /// The keys of these contacts that exist or were destroyed; one query for all.
    pub async fn contact_keys(
        &self,
        team_id: Uuid,
        contact_ids: &[Uuid],
    ) -> Result<ContactKeys, VaultError> {
        let mut keys = ContactKeys::default();
        let unknown = self.take_cached(team_id, contact_ids, &mut keys);
        if !unknown.is_empty() {
            let cipher = self.team_key(team_id).await?.cipher();
            for contact_ids in unknown.chunks(KEYS_PER_STATEMENT) {
                self.read(team_id, contact_ids, &cipher, &mut keys).await?;
            }
        }
        Ok(keys)
    }

    /// As [`Vault::contact_keys`], and creates those that do not exist yet. A destroyed key stays
    /// destroyed.
    pub async fn ensure_contact_keys(
        &self,
        team_id: Uuid,
        contact_ids: &[Uuid],
    ) -> Result<ContactKeys, VaultError> {
        let mut keys = self.contact_keys(team_id, contact_ids).await?;
        let missing = absent(contact_ids, &keys);
        if !missing.is_empty() {
            let cipher = self.team_key(team_id).await?.cipher();
            for contact_ids in missing.chunks(KEYS_PER_STATEMENT) {
                self.create(team_id, contact_ids, &cipher, &mut keys, Caching::Kept)
                    .await?;
            }
        }
        Ok(keys)
    }

    /// As [`Vault::ensure_contact_keys`], of contacts whose ids were drawn just now: nobody can have
    /// made their keys yet, and they are not looked for first, nor kept for others to ask for.
    pub async fn new_contact_keys(
        &self,
        team_id: Uuid,
        contact_ids: &[Uuid],
    ) -> Result<ContactKeys, VaultError> {
        let mut keys = ContactKeys::default();
        let new = absent(contact_ids, &keys);
        if !new.is_empty() {
            let cipher = self.team_key(team_id).await?.cipher();
            for contact_ids in new.chunks(KEYS_PER_STATEMENT) {
                self.create(team_id, contact_ids, &cipher, &mut keys, Caching::Skipped)
                    .await?;
            }
        }
        Ok(keys)
    }

    /// As [`Vault::destroy_contact_keys`], of one contact.
    pub async fn destroy_contact_key(
        &self,
        team_id: Uuid,
        contact_id: Uuid,
    ) -> Result<(), VaultError> {
        self.destroy_contact_keys(team_id, &[contact_id]).await
    }

    /// Makes what was sealed for these contacts unreadable, here at once and elsewhere within a
    /// minute, and keeps the keys from being made again. It can be repeated.
    pub async fn destroy_contact_keys(
        &self,
        team_id: Uuid,
        contact_ids: &[Uuid],
    ) -> Result<(), VaultError> {
        // In one order everywhere, so that two callers never wait for each other.
        let mut contact_ids = contact_ids.to_vec();
        contact_ids.sort_unstable();
        contact_ids.dedup();
        for contact_ids in contact_ids.chunks(KEYS_PER_STATEMENT) {
            sqlx::query!(
                "INSERT INTO contact_keys (team_id, contact_id, erased_at)
                 SELECT $1, contact_id, now()
                 FROM UNNEST($2::uuid[]) WITH ORDINALITY AS gone (contact_id, place)
                 ORDER BY place
                 ON CONFLICT (team_id, contact_id) DO UPDATE SET wrapped = NULL, erased_at = now()
                 WHERE contact_keys.wrapped IS NOT NULL",
                team_id,
                contact_ids,
            )
            .execute(&self.pool)
            .await?;
            for &contact_id in contact_ids {
                self.cache.evict(KeyId::Contact {
                    team_id,
                    contact_id,
                });
            }
        }
        Ok(())
    }

    /// Takes what is cached, and returns the rest in order and without repetitions: writers that
    /// lock rows in the same order do not wait for each other in a circle.
    fn take_cached(
        &self,
        team_id: Uuid,
        contact_ids: &[Uuid],
        keys: &mut ContactKeys,
    ) -> Vec<Uuid> {
        let mut rest = Vec::new();
        for &contact_id in contact_ids {
            match self.cache.get(KeyId::Contact {
                team_id,
                contact_id,
            }) {
                Some(key) => keys.insert(contact_id, ContactKey::Live(SealKey(key))),
                None => rest.push(contact_id),
            }
        }
        rest.sort_unstable();
        rest.dedup();
        rest
    }

    async fn read(
        &self,
        team_id: Uuid,
        contact_ids: &[Uuid],
        cipher: &Cipher,
        keys: &mut ContactKeys,
    ) -> Result<(), VaultError> {
        let read_at = Instant::now();
        let mut live = Vec::new();
        for row in select(&self.pool, team_id, contact_ids).await? {
            let Some(wrapped) = row.wrapped else {
                keys.insert(row.contact_id, ContactKey::Erased);
                continue;
            };
            let key = cipher.unwrap(&aad(team_id, row.contact_id), &wrapped);
            live.push((row.contact_id, key.ok_or(VaultError::Unwrap(CONTACT))?));
        }
        self.keep(team_id, read_at, live, keys);
        Ok(())
    }

    /// What another process created or destroyed meanwhile is read from it.
    async fn create(
        &self,
        team_id: Uuid,
        contact_ids: &[Uuid],
        cipher: &Cipher,
        keys: &mut ContactKeys,
        caching: Caching,
    ) -> Result<(), VaultError> {
        let read_at = Instant::now();
        let made = Key::generate_many(contact_ids.len());
        let wrapped: Vec<Vec<u8>> = made
            .iter()
            .zip(contact_ids)
            .map(|(key, contact_id)| cipher.wrap(&aad(team_id, *contact_id), key))
            .collect();
        let mut inserted = insert(&self.pool, team_id, contact_ids, &wrapped).await?;
        inserted.sort_unstable();

        let made = contact_ids.iter().copied().zip(made);
        let ours = made.filter(|(contact_id, _)| inserted.binary_search(contact_id).is_ok());
        match caching {
            Caching::Kept => self.keep(team_id, read_at, ours.collect(), keys),
            Caching::Skipped => keys.learn(ours),
        }

        let theirs = absent(contact_ids, keys);
        if !theirs.is_empty() {
            self.read(team_id, &theirs, cipher, keys).await?;
        }
        Ok(())
    }

    fn keep(
        &self,
        team_id: Uuid,
        read_at: Instant,
        live: Vec<(Uuid, Key)>,
        keys: &mut ContactKeys,
    ) {
        let cached = live.iter().map(|(contact_id, key)| {
            let contact_id = *contact_id;
            (
                KeyId::Contact {
                    team_id,
                    contact_id,
                },
                key.clone(),
            )
        });
        self.cache.put(read_at, cached);
        keys.learn(live);
    }
}

fn absent(contact_ids: &[Uuid], keys: &ContactKeys) -> Vec<Uuid> {
    let absent = contact_ids.iter().filter(|id| keys.get(**id).is_none());
    let mut absent: Vec<Uuid> = absent.copied().collect();
    absent.sort_unstable();
    absent.dedup();
    absent
}

struct Row {
    contact_id: Uuid,
    wrapped: Option<Vec<u8>>,
}

async fn select(
    pool: &PgPool,
    team_id: Uuid,
    contact_ids: &[Uuid],
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "SELECT contact_id, wrapped FROM contact_keys
         WHERE team_id = $1 AND contact_id = ANY($2)",
        team_id,
        contact_ids,
    )
    .fetch_all(pool)
    .await
}

/// Returns the contacts that had no row.
async fn insert(
    pool: &PgPool,
    team_id: Uuid,
    contact_ids: &[Uuid],
    wrapped: &[Vec<u8>],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "INSERT INTO contact_keys (team_id, contact_id, wrapped)
         SELECT $1, new.contact_id, new.wrapped
         FROM UNNEST($2::uuid[], $3::bytea[]) AS new (contact_id, wrapped)
         ON CONFLICT (team_id, contact_id) DO NOTHING
         RETURNING contact_id",
        team_id,
        contact_ids,
        wrapped,
    )
    .fetch_all(pool)
    .await
}

fn aad(team_id: Uuid, contact_id: Uuid) -> Vec<u8> {
    let label = b"fanfare.contact-key.v1".as_slice();
    [label, team_id.as_bytes(), contact_id.as_bytes()].concat()
}
