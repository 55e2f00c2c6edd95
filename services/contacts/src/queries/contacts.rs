use proto::contacts::v1::Contact;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;
use vault::Vault;

use super::contact_rows::{ContactRow, opened};

/// One of a team's contacts, unless it was erased.
pub(crate) async fn find_contact(
    pool: &PgPool,
    vault: &Vault,
    team_id: Uuid,
    contact_id: Uuid,
) -> anyhow::Result<Option<Contact>> {
    let rows = sqlx::query_as!(
        ContactRow,
        "SELECT contact_id, account_id, sealed_profile, profile_event_id, profile_event_type, tag_ids,
                consent, subscribed_at, last_interaction_at, followed_at, blocked_at,
                site_bound_at, site_unbound_at
         FROM contacts WHERE team_id = $1 AND contact_id = $2 AND erased_at IS NULL",
        team_id,
        contact_id,
    )
    .fetch_all(pool)
    .await?;
    Ok(opened(pool, vault, team_id, rows).await?.pop())
}

const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// Some of an account's contacts.
#[derive(Debug)]
pub(crate) struct ContactPage {
    pub(crate) contacts: Vec<Contact>,
    /// How many the account has.
    pub(crate) total: i64,
    /// The next page, if there are more.
    pub(crate) next: Option<ContactCursor>,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ContactCursor {
    /// The last contact of the page before; the nil id is before all.
    pub(crate) after: Uuid,
    /// How many contacts there were when the first page was read.
    pub(crate) total: Option<i64>,
}

/// An account's contacts from `cursor` on, in the order of their ids.
pub(crate) async fn list_contacts(
    pool: &PgPool,
    vault: &Vault,
    team_id: Uuid,
    account_id: Uuid,
    cursor: ContactCursor,
    page_size: u32,
) -> anyhow::Result<ContactPage> {
    // Or else a total could count somebody who came after the page was read.
    let mut tx = pool.begin_with(SNAPSHOT).await?;
    let mut rows = sqlx::query_as!(
        ContactRow,
        "SELECT contact_id, account_id, sealed_profile, profile_event_id, profile_event_type, tag_ids,
                consent, subscribed_at, last_interaction_at, followed_at, blocked_at,
                site_bound_at, site_unbound_at
         FROM contacts
         WHERE team_id = $1 AND account_id = $2 AND contact_id > $3 AND erased_at IS NULL
         ORDER BY contact_id
         LIMIT $4",
        team_id,
        account_id,
        cursor.after,
        i64::from(page_size) + 1,
    )
    .fetch_all(&mut *tx)
    .await?;
    let total = match cursor.total {
        Some(total) => total,
        None => count_contacts(&mut tx, team_id, account_id).await?,
    };
    tx.commit().await?;

    let page_size = usize::try_from(page_size).unwrap_or(usize::MAX);
    let has_more = rows.len() > page_size;
    rows.truncate(page_size);
    let last = rows.last().filter(|_| has_more);
    let next = last.map(|row| ContactCursor {
        after: row.contact_id,
        total: Some(total),
    });
    Ok(ContactPage {
        contacts: opened(pool, vault, team_id, rows).await?,
        total,
        next,
    })
}

/// Reads as much as there are contacts, so it is not for every page.
async fn count_contacts(
    connection: &mut PgConnection,
    team_id: Uuid,
    account_id: Uuid,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM contacts
           WHERE team_id = $1 AND account_id = $2 AND erased_at IS NULL"#,
        team_id,
        account_id,
    )
    .fetch_one(connection)
    .await
}
