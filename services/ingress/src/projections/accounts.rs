use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::{
    AccountEvent, ContactsLogEvent,
    contact::{
        AccountConnected, AccountCredentialsRotated, AccountDisconnected, AccountReconnected,
    },
    from_timestamp,
};
use sqlx::PgTransaction;

/// Whose webhooks are taken in.
#[derive(Debug)]
pub(crate) struct Accounts;

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
    match event {
        AccountEvent::Connected(connected) => connect(tx, logged, connected).await,
        AccountEvent::CredentialsRotated(rotated) => rotate(tx, logged, rotated).await,
        AccountEvent::Disconnected(disconnected) => disconnect(tx, logged, disconnected).await,
        AccountEvent::Reconnected(reconnected) => reconnect(tx, logged, reconnected).await,
    }
}

async fn connect(
    tx: &mut PgTransaction<'_>,
    logged: &LoggedEvent,
    connected: &AccountConnected,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO accounts (account_id, team_id, channel, sealed_credentials, version,
                               channel_account_id)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (account_id) DO UPDATE SET channel_account_id = excluded.channel_account_id",
        events::id(&connected.account_id),
        logged.team_id,
        connected.channel,
        connected.sealed_credentials,
        logged.version,
        connected.channel_account_id,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The channel changes over at a moment of its own, so that the credentials before are kept for a while.
async fn rotate(
    tx: &mut PgTransaction<'_>,
    logged: &LoggedEvent,
    rotated: &AccountCredentialsRotated,
) -> sqlx::Result<()> {
    let account_id = events::id(&rotated.account_id);
    sqlx::query!(
        "DELETE FROM previous_credentials WHERE account_id = $1 AND valid_until <= $2",
        account_id,
        from_timestamp(rotated.rotated_at.as_ref()),
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "WITH before AS (
             SELECT account_id, sealed_credentials FROM accounts
             WHERE account_id = $1 AND version < $2
         ), kept AS (
             INSERT INTO previous_credentials (account_id, version, sealed_credentials, valid_until)
             SELECT account_id, $2, sealed_credentials, $4 FROM before
             WHERE $4::timestamptz IS NOT NULL
         )
         UPDATE accounts SET sealed_credentials = $3, version = $2
         FROM before WHERE accounts.account_id = before.account_id",
        account_id,
        logged.version,
        rotated.sealed_credentials,
        from_timestamp(rotated.previous_valid_until.as_ref()),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn disconnect(
    tx: &mut PgTransaction<'_>,
    logged: &LoggedEvent,
    disconnected: &AccountDisconnected,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE accounts SET disconnected_at = COALESCE($3, now()), version = $2
         WHERE account_id = $1 AND version < $2",
        events::id(&disconnected.account_id),
        logged.version,
        from_timestamp(disconnected.disconnected_at.as_ref()),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// With the credentials that came with it, and no others.
async fn reconnect(
    tx: &mut PgTransaction<'_>,
    logged: &LoggedEvent,
    reconnected: &AccountReconnected,
) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH reconnected AS (
             UPDATE accounts SET disconnected_at = NULL, sealed_credentials = $3, version = $2
             WHERE account_id = $1 AND version < $2
             RETURNING account_id
         )
         DELETE FROM previous_credentials USING reconnected
         WHERE previous_credentials.account_id = reconnected.account_id",
        events::id(&reconnected.account_id),
        logged.version,
        reconnected.sealed_credentials,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
