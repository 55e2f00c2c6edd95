use std::collections::HashMap;

use chrono::{DateTime, Utc};
use events::segment::SubscriptionStatus;
use futures_util::TryStreamExt as _;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use super::{
    moved::Positions,
    team::{Entry, EntryStatus, TeamIndex},
    words::{AccountWords, Words},
};

const SNAPSHOT: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";

struct Row {
    ordinal: i32,
    contact_id: Uuid,
    account_id: Uuid,
    status: i16,
    tag_ids: Vec<Uuid>,
    subscribed_at: Option<DateTime<Utc>>,
    last_interaction_at: Option<DateTime<Utc>>,
    site_bound: bool,
    profile_event_id: Option<Uuid>,
}

/// A team's index as of one moment, and which events it reflects at least.
pub(super) async fn whole(pool: &PgPool, team_id: Uuid) -> sqlx::Result<(TeamIndex, Positions)> {
    let mut tx = pool.begin().await?;
    sqlx::raw_sql(SNAPSHOT).execute(&mut *tx).await?;
    let positions = positions(&mut *tx).await?;
    let mut index = TeamIndex {
        words: words(&mut tx, team_id).await?,
        ..TeamIndex::default()
    };
    {
        let mut rows = sqlx::query_as!(
            Row,
            "SELECT ordinal, contact_id, account_id, status, tag_ids, subscribed_at,
                    last_interaction_at, site_bound, profile_event_id
             FROM contacts WHERE team_id = $1 AND erased_at IS NULL",
            team_id,
        )
        .fetch(&mut *tx);
        while let Some(row) = rows.try_next().await? {
            index.put(&row.into());
        }
    }
    tx.commit().await?;
    Ok((index, positions))
}

/// Some of a team's rows as they are now.
pub(super) async fn entries(
    pool: &PgPool,
    team_id: Uuid,
    ordinals: &[i32],
) -> sqlx::Result<Vec<Entry>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT ordinal, contact_id, account_id, status, tag_ids, subscribed_at,
                last_interaction_at, site_bound, profile_event_id
         FROM contacts WHERE team_id = $1 AND ordinal = ANY($2)",
        team_id,
        ordinals,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

pub(super) async fn words(
    connection: &mut sqlx::PgConnection,
    team_id: Uuid,
) -> sqlx::Result<Words> {
    let accounts = sqlx::query!(
        "SELECT account_id, channel, connected FROM accounts WHERE team_id = $1",
        team_id,
    )
    .fetch_all(&mut *connection)
    .await?;
    let accounts: HashMap<Uuid, AccountWords> = accounts
        .into_iter()
        .map(|row| {
            let words = AccountWords {
                channel: row.channel.into(),
                connected: row.connected,
            };
            (row.account_id, words)
        })
        .collect();
    let tags = sqlx::query!(
        r#"SELECT tag_id, name AS "name!" FROM tags WHERE team_id = $1 AND name IS NOT NULL"#,
        team_id,
    )
    .fetch_all(&mut *connection)
    .await?;
    Ok(Words::new(
        accounts,
        tags.into_iter().map(|row| (row.tag_id, row.name)),
    ))
}

async fn positions(executor: impl PgExecutor<'_>) -> sqlx::Result<Positions> {
    let rows = sqlx::query!(
        "SELECT partition, position FROM checkpoints
         WHERE consumer = 'segmentation' AND log = 'contacts'",
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.partition, row.position))
        .collect())
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        Self {
            ordinal: row.ordinal.unsigned_abs(),
            contact_id: row.contact_id,
            account_id: row.account_id,
            status: match SubscriptionStatus::try_from(i32::from(row.status)) {
                Ok(SubscriptionStatus::Subscribed) => EntryStatus::Subscribed,
                Ok(SubscriptionStatus::Unsubscribed) => EntryStatus::Unsubscribed,
                Ok(SubscriptionStatus::Blocked) => EntryStatus::Blocked,
                Ok(SubscriptionStatus::Unspecified | SubscriptionStatus::All) | Err(_) => {
                    EntryStatus::Erased
                }
            },
            tag_ids: row.tag_ids,
            subscribed_at: row.subscribed_at,
            last_interaction_at: row.last_interaction_at,
            site_bound: row.site_bound,
            profile_event_id: row.profile_event_id,
        }
    }
}
