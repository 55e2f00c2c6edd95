//! A team connects a channel's own account once, however many try at the same time.

use contacts_domain::{AccountDetails, AccountError};
use event_store::{ExecuteError, Executed};
use sqlx::{
    PgPool,
    types::chrono::{DateTime, Utc},
};
use tonic::Status;
use tracing::warn;
use uuid::Uuid;

use super::{AccountAggregate, AccountsGrpc};
use crate::status;

/// How often a claim is looked at anew when others get in first.
const ATTEMPTS: usize = 5;

/// The right to connect an account of a channel.
#[derive(Debug)]
pub(super) struct Claim {
    team_id: Uuid,
    channel: i32,
    channel_account_id: String,
    /// For whom.
    account_id: Uuid,
}

/// Who has a claim.
struct Held {
    account_id: Uuid,
    /// Changes whenever it is claimed.
    claimed_at: DateTime<Utc>,
    /// The command that it was claimed for may still take effect.
    pending: bool,
}

impl AccountsGrpc {
    /// Runs a command that connects an account, if the claim is free or its holder is not connected.
    pub(super) async fn claiming(
        &self,
        claim: Option<Claim>,
        executing: impl Future<Output = Result<Executed, ExecuteError<AccountError>>>,
    ) -> Result<Result<Executed, ExecuteError<AccountError>>, Status> {
        let Some(claim) = claim else {
            return Ok(executing.await);
        };
        self.take(&claim).await?;
        let executed = executing.await;
        match &executed {
            Ok(_) | Err(ExecuteError::Refused(_) | ExecuteError::Load(_)) => {
                if let Err(error) = claim.end(&self.pool).await {
                    // For a minute others are told to wait, and that is all.
                    warn!(account.id = %claim.account_id, error = &error as &dyn std::error::Error, "cannot end a claim");
                }
            }
            // Whether it takes effect is not known.
            Err(ExecuteError::Append(_)) => {}
        }
        Ok(executed)
    }

    async fn take(&self, claim: &Claim) -> Result<(), Status> {
        let internal = |error: sqlx::Error| bootstrap::internal(&error);
        for _ in 0..ATTEMPTS {
            if claim.insert(&self.pool).await.map_err(internal)? {
                return Ok(());
            }
            let Some(held) = claim.find(&self.pool).await.map_err(internal)? else {
                continue;
            };
            if held.account_id != claim.account_id {
                if held.pending {
                    return Err(status::account_being_connected());
                }
                // The log knows, and what it says holds if the claim has not changed when it is taken over.
                let holder = self.store.load::<AccountAggregate>(held.account_id).await;
                let holder = holder.map_err(|error| bootstrap::internal(&error))?;
                if holder.state.is_connected() {
                    return Err(status::account_taken(held.account_id));
                }
            }
            if claim.take_over(&self.pool, &held).await.map_err(internal)? {
                return Ok(());
            }
        }
        Err(status::account_being_connected())
    }
}

impl Claim {
    /// `None`: the channel's own id is not known, so that there is nothing to compare.
    pub(super) fn of(team_id: Uuid, account_id: Uuid, details: &AccountDetails) -> Option<Self> {
        Some(Self {
            team_id,
            channel: details.channel.into(),
            channel_account_id: details.claim()?,
            account_id,
        })
    }

    async fn insert(&self, pool: &PgPool) -> sqlx::Result<bool> {
        let inserted = sqlx::query!(
            "INSERT INTO account_claims
                 (team_id, channel, channel_account_id, account_id, claimed_at, pending)
             VALUES ($1, $2, $3, $4, clock_timestamp(), true)
             ON CONFLICT (team_id, channel, channel_account_id) DO NOTHING",
            self.team_id,
            self.channel,
            self.channel_account_id,
            self.account_id,
        )
        .execute(pool)
        .await?;
        Ok(inserted.rows_affected() > 0)
    }

    /// After a minute, whoever made the claim died with it, and what was appended is in the log.
    async fn find(&self, pool: &PgPool) -> sqlx::Result<Option<Held>> {
        sqlx::query_as!(
            Held,
            r#"SELECT account_id, claimed_at,
                      pending AND claimed_at > clock_timestamp() - interval '1 minute' AS "pending!"
               FROM account_claims
               WHERE team_id = $1 AND channel = $2 AND channel_account_id = $3"#,
            self.team_id,
            self.channel,
            self.channel_account_id,
        )
        .fetch_optional(pool)
        .await
    }

    /// False: it was claimed by somebody since.
    async fn take_over(&self, pool: &PgPool, held: &Held) -> sqlx::Result<bool> {
        let taken = sqlx::query!(
            "UPDATE account_claims
             SET account_id = $4, claimed_at = clock_timestamp(), pending = true
             WHERE team_id = $1 AND channel = $2 AND channel_account_id = $3
               AND account_id = $5 AND claimed_at = $6",
            self.team_id,
            self.channel,
            self.channel_account_id,
            self.account_id,
            held.account_id,
            held.claimed_at,
        )
        .execute(pool)
        .await?;
        Ok(taken.rows_affected() > 0)
    }

    async fn end(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "UPDATE account_claims SET pending = false
             WHERE team_id = $1 AND channel = $2 AND channel_account_id = $3 AND account_id = $4",
            self.team_id,
            self.channel,
            self.channel_account_id,
            self.account_id,
        )
        .execute(pool)
        .await?;
        Ok(())
    }
}
