use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

/// More secrets than these are not tried for one webhook.
const PREVIOUS_MAX: i64 = 4;

/// An account whose webhooks are taken in.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) team_id: Uuid,
    pub(crate) channel: i32,
    /// The page's or the phone number's id at Meta.
    pub(crate) channel_account_id: String,
    pub(crate) sealed_credentials: Vec<u8>,
    /// What webhooks may still be signed with, sealed as well.
    pub(crate) previous: Vec<Vec<u8>>,
}

/// An account that is connected.
pub(crate) async fn find_account(
    pool: &PgPool,
    account_id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Account>> {
    sqlx::query_as!(
        Account,
        r#"SELECT team_id, channel, channel_account_id, sealed_credentials,
                  ARRAY(SELECT p.sealed_credentials FROM previous_credentials p
                        WHERE p.account_id = a.account_id AND p.valid_until > $2
                        ORDER BY p.version DESC LIMIT $3) AS "previous!"
           FROM accounts a WHERE account_id = $1 AND disconnected_at IS NULL"#,
        account_id,
        now,
        PREVIOUS_MAX,
    )
    .fetch_optional(pool)
    .await
}

/// Whose account it is, or was: one that is disconnected has its team still.
pub(crate) async fn find_team(pool: &PgPool, account_id: Uuid) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "SELECT team_id FROM accounts WHERE account_id = $1",
        account_id,
    )
    .fetch_optional(pool)
    .await
}

/// A tracked link and where it leads.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) team_id: Uuid,
    pub(crate) broadcast_id: Uuid,
    pub(crate) target_url: String,
}

pub(crate) async fn find_link(pool: &PgPool, link_id: Uuid) -> sqlx::Result<Option<Link>> {
    sqlx::query_as!(
        Link,
        "SELECT team_id, broadcast_id, target_url FROM links WHERE link_id = $1",
        link_id,
    )
    .fetch_optional(pool)
    .await
}
