use std::time::Instant;

use uuid::Uuid;

use crate::{
    LookupKey, OpenError, Vault, VaultError,
    cache::KeyId,
    key::{Cipher, Key},
};

const TEAM: &str = "team";

impl Vault {
    /// The key that a team's identities are compared under.
    pub async fn lookup_key(&self, team_id: Uuid) -> Result<LookupKey, VaultError> {
        Ok(LookupKey::new(&self.team_key(team_id).await?))
    }

    /// Seals what is the team's own, such as an account's credentials, for one `purpose`.
    pub async fn seal_for_team(
        &self,
        team_id: Uuid,
        purpose: &str,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let cipher = self.credentials_cipher(team_id).await?;
        Ok(cipher.encrypt(purpose.as_bytes(), plaintext))
    }

    /// Opens what was sealed for the same team and `purpose`.
    pub async fn open_for_team(
        &self,
        team_id: Uuid,
        purpose: &str,
        sealed: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let cipher = self.credentials_cipher(team_id).await?;
        let plaintext = cipher.decrypt(purpose.as_bytes(), sealed);
        Ok(plaintext.ok_or(OpenError::NotAuthentic)?)
    }

    async fn credentials_cipher(&self, team_id: Uuid) -> Result<Cipher, VaultError> {
        Ok(self.team_key(team_id).await?.derive("credentials").cipher())
    }

    /// The team's key, made when it is first asked for.
    pub(crate) async fn team_key(&self, team_id: Uuid) -> Result<Key, VaultError> {
        let id = KeyId::Team(team_id);
        if let Some(key) = self.cache.get(id) {
            return Ok(key);
        }
        let read_at = Instant::now();
        let wrapped = match self.find_team_key(team_id).await? {
            Some(wrapped) => wrapped,
            None => self.create_team_key(team_id).await?,
        };
        let key = self.master.0.cipher().unwrap(&aad(team_id), &wrapped);
        let key = key.ok_or(VaultError::Unwrap(TEAM))?;
        self.cache.put(read_at, [(id, key.clone())]);
        Ok(key)
    }

    async fn find_team_key(&self, team_id: Uuid) -> Result<Option<Vec<u8>>, sqlx::Error> {
        sqlx::query_scalar!("SELECT wrapped FROM team_keys WHERE team_id = $1", team_id)
            .fetch_optional(&self.pool)
            .await
    }

    /// Of several processes that create it at once, one does, and all get the same.
    async fn create_team_key(&self, team_id: Uuid) -> Result<Vec<u8>, VaultError> {
        let wrapped = self.master.0.cipher().wrap(&aad(team_id), &Key::generate());
        sqlx::query!(
            "INSERT INTO team_keys (team_id, wrapped) VALUES ($1, $2) ON CONFLICT (team_id) DO NOTHING",
            team_id,
            wrapped,
        )
        .execute(&self.pool)
        .await?;
        let wrapped = self.find_team_key(team_id).await?;
        wrapped.ok_or(VaultError::Vanished(TEAM))
    }
}

fn aad(team_id: Uuid) -> Vec<u8> {
    [b"fanfare.team-key.v1".as_slice(), team_id.as_bytes()].concat()
}
