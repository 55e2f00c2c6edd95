use sqlx::PgPool;
use uuid::Uuid;

/// An account whose webhooks are taken in.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) team_id: Uuid,
    pub(crate) channel: i32,
    pub(crate) sealed_credentials: Vec<u8>,
}

pub(crate) async fn find_account(pool: &PgPool, account_id: Uuid) -> sqlx::Result<Option<Account>> {
    sqlx::query_as!(
        Account,
        "SELECT team_id, channel, sealed_credentials FROM accounts WHERE account_id = $1",
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
