use chrono::{DateTime, Utc};
use proto::{
    common::v1::{Channel, MessagePrice},
    contacts::v1::{Account, AccountState},
};
use sqlx::PgPool;
use uuid::Uuid;

/// A team's accounts, in the order in which they were first connected.
pub(crate) async fn list_accounts(pool: &PgPool, team_id: Uuid) -> sqlx::Result<Vec<Account>> {
    let rows = sqlx::query_as!(
        AccountRow,
        "SELECT account_id, channel, name, channel_account_id, country, price_currency,
                price_micros, connected_at, credentials_at, disconnected_at
         FROM accounts WHERE team_id = $1 ORDER BY connected_at, account_id",
        team_id,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Account::from).collect())
}

pub(crate) async fn find_account(
    pool: &PgPool,
    team_id: Uuid,
    account_id: Uuid,
) -> sqlx::Result<Option<Account>> {
    let row = sqlx::query_as!(
        AccountRow,
        "SELECT account_id, channel, name, channel_account_id, country, price_currency,
                price_micros, connected_at, credentials_at, disconnected_at
         FROM accounts WHERE team_id = $1 AND account_id = $2",
        team_id,
        account_id,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(Account::from))
}

/// The channel of one of a team's accounts.
pub(crate) async fn find_channel(
    pool: &PgPool,
    team_id: Uuid,
    account_id: Uuid,
) -> sqlx::Result<Option<Channel>> {
    let channel = sqlx::query_scalar!(
        "SELECT channel FROM accounts WHERE team_id = $1 AND account_id = $2",
        team_id,
        account_id,
    )
    .fetch_optional(pool)
    .await?;
    Ok(channel.map(|channel| Channel::try_from(channel).unwrap_or_default()))
}

struct AccountRow {
    account_id: Uuid,
    channel: i32,
    name: String,
    channel_account_id: String,
    country: String,
    price_currency: Option<String>,
    price_micros: Option<i64>,
    connected_at: Option<DateTime<Utc>>,
    credentials_at: Option<DateTime<Utc>>,
    disconnected_at: Option<DateTime<Utc>>,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        let channel = Channel::try_from(row.channel).unwrap_or_default();
        let price = row.price_currency.zip(row.price_micros);
        let state = match row.disconnected_at {
            None => AccountState::Connected,
            Some(_) => AccountState::Disconnected,
        };
        Self {
            account_id: row.account_id.to_string(),
            channel: row.channel,
            name: row.name,
            channel_account_id: row.channel_account_id,
            country: row.country,
            message_price: price.map(|(currency, micros)| MessagePrice { currency, micros }),
            connected_at: row.connected_at.map(events::to_timestamp),
            webhook_path: webhook_path(channel, row.account_id),
            state: state.into(),
            credentials_at: row.credentials_at.map(events::to_timestamp),
        }
    }
}

/// Where the channel posts its events, below the ingress's address.
pub(crate) fn webhook_path(channel: Channel, account_id: Uuid) -> String {
    let channel = match channel {
        Channel::Line => "line",
        Channel::Messenger => "messenger",
        Channel::Whatsapp => "whatsapp",
        // Bounces and complaints, by the team's own mail server.
        Channel::Email => return format!("/v1/mail/reports/{account_id}"),
        Channel::Unspecified => return String::new(),
    };
    format!("/v1/webhooks/{channel}/{account_id}")
}
