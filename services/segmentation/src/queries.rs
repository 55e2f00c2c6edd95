use chrono::{DateTime, Utc};
use events::to_timestamp;
use proto::segmentation::v1::SegmentContact;
use sqlx::{FromRow, PgPool, QueryBuilder};
use uuid::Uuid;

use crate::sql::{Scope, push_where};

/// How many match, and how many of those are subscribed.
#[derive(Debug, FromRow)]
pub(crate) struct Counts {
    pub(crate) matching: i64,
    pub(crate) subscribed: i64,
}

pub(crate) async fn count(pool: &PgPool, scope: &Scope) -> sqlx::Result<Counts> {
    let mut query = QueryBuilder::new(
        "SELECT count(*) AS matching, count(*) FILTER (WHERE status = 1) AS subscribed FROM contacts",
    );
    push_where(&mut query, scope);
    query.build_query_as().fetch_one(pool).await
}

#[derive(Debug, FromRow)]
struct Row {
    contact_id: Uuid,
    account_id: Uuid,
    display_name: Option<String>,
    tags: Vec<String>,
    status: i16,
    subscribed_at: Option<DateTime<Utc>>,
    last_interaction_at: Option<DateTime<Utc>>,
}

/// Some of those who match.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) contacts: Vec<SegmentContact>,
    /// Whether there are others after these.
    pub(crate) more: bool,
}

/// At most `size` of those who match, after `after`, in the order of their ids.
pub(crate) async fn list(
    pool: &PgPool,
    scope: &Scope,
    after: Option<Uuid>,
    size: u32,
) -> sqlx::Result<Page> {
    let mut query = QueryBuilder::new(
        "SELECT contact_id, account_id, display_name, tags, status, subscribed_at,
                last_interaction_at FROM contacts",
    );
    push_where(&mut query, scope);
    if let Some(after) = after {
        query.push(" AND contact_id > ").push_bind(after);
    }
    query
        .push(" ORDER BY contact_id LIMIT ")
        .push_bind(i64::from(size) + 1);
    let rows: Vec<Row> = query.build_query_as().fetch_all(pool).await?;
    let mut contacts: Vec<SegmentContact> = rows.into_iter().map(contact).collect();
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = contacts.len() > size;
    contacts.truncate(size);
    Ok(Page { contacts, more })
}

fn contact(row: Row) -> SegmentContact {
    SegmentContact {
        contact_id: row.contact_id.to_string(),
        account_id: row.account_id.to_string(),
        display_name: row.display_name.unwrap_or_default(),
        tags: row.tags,
        status: row.status.into(),
        subscribed_at: row.subscribed_at.map(to_timestamp),
        last_interaction_at: row.last_interaction_at.map(to_timestamp),
    }
}
