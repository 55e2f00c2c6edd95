use events::{
    AccountEvent,
    contact::{
        AccountConnected, AccountCredentialsRotated, AccountDisconnected, AccountReconnected,
    },
    from_timestamp,
};
use sqlx::PgTransaction;
use uuid::Uuid;

/// What happened to an account. Rare enough to be a statement of its own.
pub(super) async fn apply(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    event: &AccountEvent,
) -> sqlx::Result<()> {
    match event {
        AccountEvent::Connected(account) => insert(tx, team_id, account).await,
        AccountEvent::CredentialsRotated(rotated) => rotate(tx, rotated).await,
        AccountEvent::Disconnected(disconnected) => disconnect(tx, disconnected).await,
        AccountEvent::Reconnected(reconnected) => reconnect(tx, reconnected).await,
    }
}

async fn insert(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    account: &AccountConnected,
) -> sqlx::Result<()> {
    let price = account.message_price.as_ref();
    sqlx::query!(
        "INSERT INTO accounts (account_id, team_id, channel, name, channel_account_id, country,
                               price_currency, price_micros, connected_at, credentials_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
         ON CONFLICT (account_id) DO NOTHING",
        events::id(&account.account_id),
        team_id,
        account.channel,
        account.name,
        account.channel_account_id,
        account.country,
        price.map(|price| price.currency.as_str()),
        price.map(|price| price.micros),
        from_timestamp(account.connected_at.as_ref()),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn rotate(
    tx: &mut PgTransaction<'_>,
    rotated: &AccountCredentialsRotated,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE accounts SET credentials_at = $2 WHERE account_id = $1",
        events::id(&rotated.account_id),
        from_timestamp(rotated.rotated_at.as_ref()),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn disconnect(
    tx: &mut PgTransaction<'_>,
    disconnected: &AccountDisconnected,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE accounts SET disconnected_at = COALESCE($2, now()) WHERE account_id = $1",
        events::id(&disconnected.account_id),
        from_timestamp(disconnected.disconnected_at.as_ref()),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn reconnect(
    tx: &mut PgTransaction<'_>,
    reconnected: &AccountReconnected,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE accounts SET disconnected_at = NULL, credentials_at = $2 WHERE account_id = $1",
        events::id(&reconnected.account_id),
        from_timestamp(reconnected.reconnected_at.as_ref()),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
