//! Keys of people who write to a team, be they contacts yet or not: what their webhooks are sealed with.

use std::collections::HashMap;

use uuid::Uuid;

use crate::{ContactKeys, SealKey, Vault, VaultError, cache::KeyId};

/// One that finds its key destroyed at the same moment asks again.
const ATTEMPTS: usize = 3;

/// What seals what a person sends, until the person is forgotten.
#[derive(Debug, Clone)]
pub struct SenderKey {
    /// Stored beside what is sealed, and the subject that it is bound to.
    pub id: Uuid,
    pub key: SealKey,
}

impl Vault {
    /// The keys of these people, made where there are none; two queries for all who are known.
    ///
    /// Who has which key is never cached, so that who was forgotten a moment ago gets a new one.
    pub async fn sender_keys(
        &self,
        team_id: Uuid,
        identities: &[Vec<u8>],
    ) -> Result<HashMap<Vec<u8>, SenderKey>, VaultError> {
        let mut missing = identities.to_vec();
        missing.sort_unstable();
        missing.dedup();
        let mut found = HashMap::new();
        for _ in 0..ATTEMPTS {
            let senders = self.senders(team_id, &missing).await?;
            let ids: Vec<Uuid> = senders.values().copied().collect();
            let keys = self.ensure_contact_keys(team_id, &ids).await?;
            for (identity, id) in senders {
                if let Some(key) = keys.live(id) {
                    let key = key.clone();
                    found.insert(identity, SenderKey { id, key });
                }
            }
            missing.retain(|identity| !found.contains_key(identity));
            if missing.is_empty() {
                return Ok(found);
            }
        }
        Err(VaultError::Vanished("sender"))
    }

    /// The keys with these ids that exist or were destroyed.
    pub async fn find_sender_keys(
        &self,
        team_id: Uuid,
        key_ids: &[Uuid],
    ) -> Result<ContactKeys, VaultError> {
        self.contact_keys(team_id, key_ids).await
    }

    /// Makes what these people sent unreadable. It can be repeated; who writes again gets another key.
    pub async fn destroy_sender_keys(
        &self,
        team_id: Uuid,
        identities: &[Vec<u8>],
    ) -> Result<(), VaultError> {
        let gone = sqlx::query_scalar!(
            "WITH gone AS (
                 DELETE FROM sender_keys WHERE team_id = $1 AND identity = ANY($2) RETURNING key_id
             )
             INSERT INTO contact_keys (team_id, contact_id, erased_at)
             SELECT $1, key_id, now() FROM gone ORDER BY key_id
             ON CONFLICT (team_id, contact_id) DO UPDATE SET wrapped = NULL, erased_at = now()
             RETURNING contact_id",
            team_id,
            identities,
        )
        .fetch_all(&self.pool)
        .await?;
        for contact_id in gone {
            self.cache.evict(KeyId::Contact {
                team_id,
                contact_id,
            });
        }
        Ok(())
    }

    /// Who has which key. Draws ids for those who have none.
    async fn senders(
        &self,
        team_id: Uuid,
        identities: &[Vec<u8>],
    ) -> Result<HashMap<Vec<u8>, Uuid>, VaultError> {
        let mut senders = self.find_senders(team_id, identities).await?;
        if senders.len() == identities.len() {
            return Ok(senders);
        }
        let unknown: Vec<Vec<u8>> = identities
            .iter()
            .filter(|identity| !senders.contains_key(*identity))
            .cloned()
            .collect();
        let ids: Vec<Uuid> = unknown.iter().map(|_| Uuid::now_v7()).collect();
        sqlx::query!(
            "INSERT INTO sender_keys (team_id, identity, key_id)
             SELECT $1, identity, key_id FROM UNNEST($2::bytea[], $3::uuid[]) AS new (identity, key_id)
             ON CONFLICT DO NOTHING",
            team_id,
            &unknown,
            &ids,
        )
        .execute(&self.pool)
        .await?;
        // A statement of its own: its snapshot has what others inserted meanwhile.
        senders.extend(self.find_senders(team_id, &unknown).await?);
        Ok(senders)
    }

    async fn find_senders(
        &self,
        team_id: Uuid,
        identities: &[Vec<u8>],
    ) -> Result<HashMap<Vec<u8>, Uuid>, VaultError> {
        let rows = sqlx::query!(
            "SELECT identity, key_id FROM sender_keys WHERE team_id = $1 AND identity = ANY($2)",
            team_id,
            identities,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.identity, row.key_id))
            .collect())
    }
}
