use chrono::{DateTime, Utc};
use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::{AccountEvent, ContactsLogEvent, contact::AccountConnected, from_timestamp};
use sqlx::PgTransaction;
use uuid::Uuid;

/// The accounts that broadcasts are sent from. Delivery reads them as well.
#[derive(Debug)]
pub(super) struct Accounts;

impl Handler for Accounts {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        events: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        for logged in events {
            match ContactsLogEvent::decode(&logged.event_type, &logged.payload)? {
                ContactsLogEvent::Account(event) => apply(tx, logged, &event).await?,
                ContactsLogEvent::Contact(_)
                | ContactsLogEvent::Tag(_)
                | ContactsLogEvent::Job(_) => {}
            }
        }
        Ok(())
    }
}

/// Accounts are few: a statement each is no cost.
async fn apply(
    tx: &mut PgTransaction<'_>,
    logged: &LoggedEvent,
    event: &AccountEvent,
) -> sqlx::Result<()> {
    let version = logged.version;
    match event {
        AccountEvent::Connected(account) => connect(tx, logged, account).await,
        AccountEvent::CredentialsRotated(rotated) => {
            let account_id = events::id(&rotated.account_id);
            give(tx, account_id, version, &rotated.sealed_credentials).await
        }
        AccountEvent::Disconnected(disconnected) => {
            let at = from_timestamp(disconnected.disconnected_at.as_ref());
            disconnect(tx, events::id(&disconnected.account_id), version, at).await
        }
        AccountEvent::Reconnected(reconnected) => {
            let account_id = events::id(&reconnected.account_id);
            give(tx, account_id, version, &reconnected.sealed_credentials).await
        }
    }
}

async fn connect(
    tx: &mut PgTransaction<'_>,
    logged: &LoggedEvent,
    account: &AccountConnected,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO accounts (account_id, team_id, channel, name, sealed_credentials, version,
                               channel_account_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (account_id) DO NOTHING",
        events::id(&account.account_id),
        logged.team_id,
        account.channel,
        account.name,
        account.sealed_credentials,
        logged.version,
        account.channel_account_id,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Only what is connected is given credentials.
async fn give(
    tx: &mut PgTransaction<'_>,
    account_id: Uuid,
    version: i64,
    sealed_credentials: &[u8],
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE accounts SET sealed_credentials = $3, disconnected_at = NULL, version = $2
         WHERE account_id = $1 AND version < $2",
        account_id,
        version,
        sealed_credentials,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn disconnect(
    tx: &mut PgTransaction<'_>,
    account_id: Uuid,
    version: i64,
    at: Option<DateTime<Utc>>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE accounts SET disconnected_at = COALESCE($3, now()), version = $2
         WHERE account_id = $1 AND version < $2",
        account_id,
        version,
        at,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
