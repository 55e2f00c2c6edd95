use events::{contact::AccountConnected, from_timestamp};
use sqlx::PgTransaction;
use uuid::Uuid;

/// Adds a connected account. Rare enough to be a statement of its own.
pub(super) async fn insert(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    account: &AccountConnected,
) -> sqlx::Result<()> {
    let price = account.message_price.as_ref();
    sqlx::query!(
        "INSERT INTO accounts (account_id, team_id, channel, name, channel_account_id, country,
                               price_currency, price_micros, connected_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
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
