use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use channels::line::LineClient;
use events::contact::AccountCredentials;
use prost::Message as _;
use secrecy::SecretString;
use sqlx::PgPool;
use tokio::time::Instant;
use uuid::Uuid;
use vault::Vault;

use crate::LineConfig;

/// What sealed credentials are bound to.
const PURPOSE: &str = "credentials";
/// How long a token is kept. One that was refused is not kept.
const KEPT: Duration = Duration::from_secs(30);

/// Clients that hold an account's token, which is sealed until it is used.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pool: PgPool,
    vault: Vault,
    /// Of no account: its connections are every account's.
    line: LineClient,
    kept: Arc<Mutex<Kept>>,
}

/// Clients and when their tokens were opened, by team and account.
type Kept = HashMap<(Uuid, Uuid), (LineClient, Instant)>;

impl Credentials {
    pub(crate) fn try_new(pool: PgPool, vault: Vault, config: &LineConfig) -> anyhow::Result<Self> {
        let nobody = SecretString::default();
        let line = LineClient::try_new(&config.base_url, &nobody, config.timeouts());
        Ok(Self {
            pool,
            vault,
            line: line.context("cannot speak to LINE")?,
            kept: Arc::default(),
        })
    }

    /// A client for the team's account.
    pub(crate) async fn client(
        &self,
        team_id: Uuid,
        account_id: Uuid,
    ) -> anyhow::Result<LineClient> {
        let now = Instant::now();
        if let Some((client, opened_at)) = self.kept().get(&(team_id, account_id))
            && now.duration_since(*opened_at) < KEPT
        {
            return Ok(client.clone());
        }
        let sealed = sqlx::query_scalar!(
            "SELECT sealed_credentials FROM accounts WHERE account_id = $1 AND team_id = $2",
            account_id,
            team_id,
        )
        .fetch_optional(&self.pool)
        .await?
        .context("account is not known here yet")?;
        let opened = self.vault.open_for_team(team_id, PURPOSE, &sealed).await?;
        let credentials = AccountCredentials::decode(opened.as_slice());
        let token = SecretString::from(
            credentials
                .context("cannot decode credentials")?
                .access_token,
        );
        let client = self.line.for_account(&token)?;
        self.kept()
            .insert((team_id, account_id), (client.clone(), now));
        Ok(client)
    }

    /// Reads the account's token anew when it is next used.
    pub(crate) fn forget(&self, team_id: Uuid, account_id: Uuid) {
        self.kept().remove(&(team_id, account_id));
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
