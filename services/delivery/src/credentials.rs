use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use events::{common::Channel, contact::AccountCredentials};
use prost::Message as _;
use sqlx::PgPool;
use tokio::time::Instant;
use uuid::Uuid;
use vault::Vault;

use crate::client::{Client, Clients};

/// What sealed credentials are bound to.
const PURPOSE: &str = "credentials";
/// How old what is known of an account may be. They are few, and a read is a look at one row.
const FRESH: Duration = Duration::from_millis(200);

/// Clients that hold the newest token of an account, which is sealed until it is used.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pool: PgPool,
    vault: Vault,
    clients: Clients,
    known: Arc<Mutex<HashMap<Uuid, (Known, Instant)>>>,
}

#[derive(Debug, Clone)]
struct Known {
    team_id: Uuid,
    access: Access,
}

/// What an account may be used for now.
#[derive(Debug, Clone)]
pub(crate) enum Access {
    Open(Opened),
    /// Nothing may be sent until it is reconnected.
    Disconnected,
}

/// Credentials that were opened.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) client: Client,
    /// What they were opened from: sealing is never twice the same, so that it tells them from others.
    sealed: Arc<[u8]>,
}

impl Access {
    /// Whether these are other credentials than `opened`, or none any more.
    pub(crate) fn differs_from(&self, opened: &Opened) -> bool {
        match self {
            Self::Open(now) => now.sealed != opened.sealed,
            Self::Disconnected => true,
        }
    }
}

impl Credentials {
    pub(crate) fn new(pool: PgPool, vault: Vault, clients: Clients) -> Self {
        Self {
            pool,
            vault,
            clients,
            known: Arc::default(),
        }
    }

    /// `None`: the account is not known here yet.
    pub(crate) async fn channel(&self, account_id: Uuid) -> anyhow::Result<Option<Channel>> {
        let channel = sqlx::query_scalar!(
            "SELECT channel FROM accounts WHERE account_id = $1",
            account_id,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(channel.map(|channel| Channel::try_from(channel).unwrap_or_default()))
    }

    /// The team's account.
    pub(crate) async fn access(&self, team_id: Uuid, account_id: Uuid) -> anyhow::Result<Access> {
        self.find(account_id)
            .await?
            .filter(|known| known.team_id == team_id)
            .map(|known| known.access)
            .context("account is not known here yet")
    }

    /// False only of an account that was disconnected.
    pub(crate) async fn is_connected(&self, account_id: Uuid) -> anyhow::Result<bool> {
        let known = self.find(account_id).await?;
        Ok(!known.is_some_and(|known| matches!(known.access, Access::Disconnected)))
    }

    /// Reads the account anew when it is next asked for.
    pub(crate) fn forget(&self, account_id: Uuid) {
        self.known().remove(&account_id);
    }

    async fn find(&self, account_id: Uuid) -> anyhow::Result<Option<Known>> {
        let now = Instant::now();
        let before = self.known().get(&account_id).cloned();
        let before = match before {
            Some((known, read_at)) if now.duration_since(read_at) < FRESH => {
                return Ok(Some(known));
            }
            Some((known, _)) => Some(known),
            None => None,
        };
        let known = self.read(account_id, before).await?;
        match &known {
            Some(known) => drop(self.known().insert(account_id, (known.clone(), now))),
            None => self.forget(account_id),
        }
        Ok(known)
    }

    async fn read(&self, account_id: Uuid, before: Option<Known>) -> anyhow::Result<Option<Known>> {
        let row = sqlx::query!(
            "SELECT team_id, channel, channel_account_id, sealed_credentials, disconnected_at
             FROM accounts WHERE account_id = $1",
            account_id,
        );
        let Some(row) = row.fetch_optional(&self.pool).await? else {
            return Ok(None);
        };
        let team_id = row.team_id;
        if row.disconnected_at.is_some() {
            let access = Access::Disconnected;
            return Ok(Some(Known { team_id, access }));
        }
        if let Some(before) = before
            && let Access::Open(opened) = &before.access
            && *opened.sealed == *row.sealed_credentials
        {
            return Ok(Some(before));
        }
        let channel = Channel::try_from(row.channel).unwrap_or_default();
        let id = &row.channel_account_id;
        let opened = self
            .open(team_id, channel, id, row.sealed_credentials)
            .await?;
        let access = Access::Open(opened);
        Ok(Some(Known { team_id, access }))
    }

    async fn open(
        &self,
        team_id: Uuid,
        channel: Channel,
        channel_account_id: &str,
        sealed: Vec<u8>,
    ) -> anyhow::Result<Opened> {
        let opened = self.vault.open_for_team(team_id, PURPOSE, &sealed).await?;
        let credentials = AccountCredentials::decode(opened.as_slice());
        let credentials = credentials.context("cannot decode credentials")?;
        Ok(Opened {
            client: self
                .clients
                .for_account(channel, channel_account_id, credentials)?,
            sealed: sealed.into(),
        })
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Uuid, (Known, Instant)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
