use std::sync::Arc;

use anyhow::Context as _;
use bootstrap::connect_postgres;
use sqlx::PgPool;

use crate::{MasterKey, VaultConfig, VaultError, cache::Cache};

/// The keys of all teams, contacts, broadcasts and days.
#[derive(Debug, Clone)]
pub struct Vault {
    pub(crate) pool: PgPool,
    pub(crate) master: MasterKey,
    pub(crate) cache: Arc<Cache>,
}

impl Vault {
    #[must_use]
    pub fn new(pool: PgPool, master: MasterKey) -> Self {
        Self {
            pool,
            master,
            cache: Arc::default(),
        }
    }

    /// Connects, and makes sure that the master key is the one that the keys were made with.
    pub async fn connect(config: &VaultConfig) -> anyhow::Result<Self> {
        let master = MasterKey::load(config).context("no master key")?;
        let pool = connect_postgres(&config.postgres).await?;
        let vault = Self::new(pool, master);
        vault.check_master_key().await?;
        Ok(vault)
    }

    /// Fails if the stored keys were made with another master key.
    pub async fn check_master_key(&self) -> Result<(), VaultError> {
        let team_id = sqlx::query_scalar!("SELECT team_id FROM team_keys LIMIT 1")
            .fetch_optional(&self.pool)
            .await?;
        if let Some(team_id) = team_id {
            self.team_key(team_id).await?;
        }
        Ok(())
    }

    /// Makes this process ask the database again for every key.
    pub fn forget_cached_keys(&self) {
        self.cache.retain(|_| false);
    }
}
