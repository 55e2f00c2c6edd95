//! Keys that end with what they are for: a broadcast's dispatch, a day's webhooks.

use std::time::Instant;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::{SealKey, Vault, VaultError, cache::KeyId, key::Key};

const BROADCAST: &str = "broadcast";
const DAY: &str = "day";

impl Vault {
    /// The broadcast's key, made when it is first asked for; nothing once it was destroyed.
    pub async fn broadcast_key(
        &self,
        team_id: Uuid,
        broadcast_id: Uuid,
    ) -> Result<Option<SealKey>, VaultError> {
        let id = KeyId::Broadcast {
            team_id,
            broadcast_id,
        };
        if let Some(key) = self.cache.get(id) {
            return Ok(Some(SealKey(key)));
        }
        let read_at = Instant::now();
        let cipher = self.team_key(team_id).await?.cipher();
        let aad = broadcast_aad(team_id, broadcast_id);
        let stored = match self.find_broadcast_key(team_id, broadcast_id).await? {
            Some(stored) => stored,
            None => {
                let wrapped = cipher.wrap(&aad, &Key::generate());
                self.create_broadcast_key(team_id, broadcast_id, &wrapped)
                    .await?
            }
        };
        let Some(wrapped) = stored.wrapped else {
            return Ok(None);
        };
        let key = cipher.unwrap(&aad, &wrapped);
        let key = key.ok_or(VaultError::Unwrap(BROADCAST))?;
        self.cache.put(read_at, [(id, key.clone())]);
        Ok(Some(SealKey(key)))
    }

    /// Makes what was sealed for the broadcast unreadable. It can be repeated.
    pub async fn destroy_broadcast_key(
        &self,
        team_id: Uuid,
        broadcast_id: Uuid,
    ) -> Result<(), VaultError> {
        sqlx::query!(
            "INSERT INTO broadcast_keys (team_id, broadcast_id, destroyed_at) VALUES ($1, $2, now())
             ON CONFLICT (team_id, broadcast_id) DO UPDATE SET wrapped = NULL, destroyed_at = now()
             WHERE broadcast_keys.wrapped IS NOT NULL",
            team_id,
            broadcast_id,
        )
        .execute(&self.pool)
        .await?;
        self.cache.evict(KeyId::Broadcast {
            team_id,
            broadcast_id,
        });
        Ok(())
    }

    /// The day's key, made when it is first asked for; nothing once it was destroyed.
    pub async fn day_key(&self, day: NaiveDate) -> Result<Option<SealKey>, VaultError> {
        let id = KeyId::Day(day);
        if let Some(key) = self.cache.get(id) {
            return Ok(Some(SealKey(key)));
        }
        let read_at = Instant::now();
        let cipher = self.master.0.cipher();
        let stored = match self.find_day_key(day).await? {
            Some(stored) => stored,
            None => {
                let wrapped = cipher.wrap(&day_aad(day), &Key::generate());
                self.create_day_key(day, &wrapped).await?
            }
        };
        let Some(wrapped) = stored.wrapped else {
            return Ok(None);
        };
        let key = cipher.unwrap(&day_aad(day), &wrapped);
        let key = key.ok_or(VaultError::Unwrap(DAY))?;
        self.cache.put(read_at, [(id, key.clone())]);
        Ok(Some(SealKey(key)))
    }

    /// Makes what was sealed on the days before `day` unreadable, and says how many they were.
    pub async fn destroy_days_before(&self, day: NaiveDate) -> Result<u64, VaultError> {
        let destroyed = sqlx::query!(
            "UPDATE day_keys SET wrapped = NULL, destroyed_at = now()
             WHERE day < $1 AND wrapped IS NOT NULL",
            day,
        )
        .execute(&self.pool)
        .await?;
        self.cache
            .retain(|id| !matches!(id, KeyId::Day(cached) if *cached < day));
        Ok(destroyed.rows_affected())
    }

    async fn find_broadcast_key(
        &self,
        team_id: Uuid,
        broadcast_id: Uuid,
    ) -> Result<Option<Stored>, sqlx::Error> {
        sqlx::query_as!(
            Stored,
            "SELECT wrapped FROM broadcast_keys WHERE team_id = $1 AND broadcast_id = $2",
            team_id,
            broadcast_id,
        )
        .fetch_optional(&self.pool)
        .await
    }

    async fn create_broadcast_key(
        &self,
        team_id: Uuid,
        broadcast_id: Uuid,
        wrapped: &[u8],
    ) -> Result<Stored, VaultError> {
        sqlx::query!(
            "INSERT INTO broadcast_keys (team_id, broadcast_id, wrapped) VALUES ($1, $2, $3)
             ON CONFLICT (team_id, broadcast_id) DO NOTHING",
            team_id,
            broadcast_id,
            wrapped,
        )
        .execute(&self.pool)
        .await?;
        let stored = self.find_broadcast_key(team_id, broadcast_id).await?;
        stored.ok_or(VaultError::Vanished(BROADCAST))
    }

    async fn find_day_key(&self, day: NaiveDate) -> Result<Option<Stored>, sqlx::Error> {
        sqlx::query_as!(Stored, "SELECT wrapped FROM day_keys WHERE day = $1", day)
            .fetch_optional(&self.pool)
            .await
    }

    async fn create_day_key(&self, day: NaiveDate, wrapped: &[u8]) -> Result<Stored, VaultError> {
        sqlx::query!(
            "INSERT INTO day_keys (day, wrapped) VALUES ($1, $2) ON CONFLICT (day) DO NOTHING",
            day,
            wrapped,
        )
        .execute(&self.pool)
        .await?;
        let stored = self.find_day_key(day).await?;
        stored.ok_or(VaultError::Vanished(DAY))
    }
}

/// A row; without a key where it was destroyed.
struct Stored {
    wrapped: Option<Vec<u8>>,
}

fn broadcast_aad(team_id: Uuid, broadcast_id: Uuid) -> Vec<u8> {
    let label = b"fanfare.broadcast-key.v1".as_slice();
    [label, team_id.as_bytes(), broadcast_id.as_bytes()].concat()
}

fn day_aad(day: NaiveDate) -> Vec<u8> {
    format!("fanfare.day-key.v1{day}").into_bytes()
}
