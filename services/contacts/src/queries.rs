use chrono::{DateTime, Utc};
use contacts_domain::{ContactState, ContactStatus};
use proto::common::v1::{Channel, MessagePrice};
use proto::contacts::v1::{Account, Contact, ContactStatus as WireStatus};
use sqlx::PgPool;
use uuid::Uuid;

/// A team's accounts, in the order in which they were connected.
pub(crate) async fn list_accounts(pool: &PgPool, team_id: Uuid) -> sqlx::Result<Vec<Account>> {
    let rows = sqlx::query_as!(
        AccountRow,
        "SELECT account_id, channel, name, channel_account_id, country, price_currency,
                price_micros, connected_at
         FROM accounts WHERE team_id = $1 ORDER BY connected_at, account_id",
        team_id,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Account::from).collect())
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

pub(crate) async fn find_contact(
    pool: &PgPool,
    team_id: Uuid,
    contact_id: Uuid,
) -> sqlx::Result<Option<Contact>> {
    let row = sqlx::query_as!(
        ContactRow,
        "SELECT contact_id, account_id, external_id, display_name, phone, email, member_number,
                tags, subscribed_at, last_interaction_at, followed_at, blocked_at
         FROM contacts WHERE team_id = $1 AND contact_id = $2",
        team_id,
        contact_id,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(Contact::from))
}

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
    team_id: Uuid,
    account_id: Uuid,
    cursor: ContactCursor,
    page_size: u32,
) -> sqlx::Result<ContactPage> {
    let mut rows = sqlx::query_as!(
        ContactRow,
        "SELECT contact_id, account_id, external_id, display_name, phone, email, member_number,
                tags, subscribed_at, last_interaction_at, followed_at, blocked_at
         FROM contacts
         WHERE team_id = $1 AND account_id = $2 AND contact_id > $3
         ORDER BY contact_id
         LIMIT $4",
        team_id,
        account_id,
        cursor.after,
        i64::from(page_size) + 1,
    )
    .fetch_all(pool)
    .await?;
    let total = match cursor.total {
        Some(total) => total,
        None => count_contacts(pool, team_id, account_id).await?,
    };

    let page_size = usize::try_from(page_size).unwrap_or(usize::MAX);
    let has_more = rows.len() > page_size;
    rows.truncate(page_size);
    let last = rows.last().filter(|_| has_more);
    let next = last.map(|row| ContactCursor {
        after: row.contact_id,
        total: Some(total),
    });
    Ok(ContactPage {
        contacts: rows.into_iter().map(Contact::from).collect(),
        total,
        next,
    })
}

/// Reads as much as there are contacts, so it is not for every page.
async fn count_contacts(pool: &PgPool, team_id: Uuid, account_id: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM contacts WHERE team_id = $1 AND account_id = $2"#,
        team_id,
        account_id,
    )
    .fetch_one(pool)
    .await
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
}

struct ContactRow {
    contact_id: Uuid,
    account_id: Uuid,
    external_id: Option<String>,
    display_name: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    member_number: Option<String>,
    tags: Vec<String>,
    subscribed_at: Option<DateTime<Utc>>,
    last_interaction_at: Option<DateTime<Utc>>,
    followed_at: Option<DateTime<Utc>>,
    blocked_at: Option<DateTime<Utc>>,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        let channel = Channel::try_from(row.channel).unwrap_or_default();
        let price = row.price_currency.zip(row.price_micros);
        Self {
            account_id: row.account_id.to_string(),
            channel: row.channel,
            name: row.name,
            channel_account_id: row.channel_account_id,
            country: row.country,
            message_price: price.map(|(currency, micros)| MessagePrice { currency, micros }),
            connected_at: row.connected_at.map(events::to_timestamp),
            webhook_path: webhook_path(channel, row.account_id),
        }
    }
}

/// Where the channel posts its events, below the ingress's address.
pub(crate) fn webhook_path(channel: Channel, account_id: Uuid) -> String {
    let channel = match channel {
        Channel::Line => "line",
        Channel::Messenger => "messenger",
        Channel::Whatsapp => "whatsapp",
        // Mail has no webhooks.
        Channel::Email | Channel::Unspecified => return String::new(),
    };
    format!("/v1/webhooks/{channel}/{account_id}")
}

impl From<ContactRow> for Contact {
    fn from(row: ContactRow) -> Self {
        let state = ContactState {
            tags: row.tags,
            subscribed_at: row.subscribed_at,
            last_interaction_at: row.last_interaction_at,
            followed_at: row.followed_at,
            blocked_at: row.blocked_at,
        };
        let status = match state.status() {
            ContactStatus::Subscribed => WireStatus::Subscribed,
            ContactStatus::Blocked => WireStatus::Blocked,
        };
        Self {
            contact_id: row.contact_id.to_string(),
            account_id: row.account_id.to_string(),
            external_id: row.external_id.unwrap_or_default(),
            display_name: row.display_name.unwrap_or_default(),
            phone: row.phone.unwrap_or_default(),
            email: row.email.unwrap_or_default(),
            member_number: row.member_number.unwrap_or_default(),
            tags: state.tags,
            status: status.into(),
            subscribed_at: state.subscribed_at.map(events::to_timestamp),
            last_interaction_at: state.last_interaction_at.map(events::to_timestamp),
        }
    }
}
