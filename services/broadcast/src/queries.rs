use broadcast_domain::Audience;
use chrono::{DateTime, Utc};
use events::{segment::Filter, to_timestamp};
use prost::Message as _;
use proto::broadcast::v1::{Broadcast, BroadcastState};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// An account that broadcasts are sent from.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) channel: i32,
    /// The page's or the phone number's id at Meta.
    pub(crate) channel_account_id: String,
    pub(crate) sealed_credentials: Vec<u8>,
    /// Set: nothing may be sent.
    pub(crate) disconnected_at: Option<DateTime<Utc>>,
}

pub(crate) async fn find_account(
    pool: &PgPool,
    team_id: Uuid,
    account_id: Uuid,
) -> sqlx::Result<Option<Account>> {
    sqlx::query_as!(
        Account,
        "SELECT channel, channel_account_id, sealed_credentials, disconnected_at
         FROM accounts WHERE team_id = $1 AND account_id = $2",
        team_id,
        account_id,
    )
    .fetch_optional(pool)
    .await
}

/// Whom delivery has sent to over WhatsApp since then.
pub(crate) async fn count_people(
    pool: &PgPool,
    business_account_id: &str,
    since: DateTime<Utc>,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "people!" FROM whatsapp_people
           WHERE business_account_id = $1 AND sent_at > $2"#,
        business_account_id,
        since,
    )
    .fetch_one(pool)
    .await
}

struct Row {
    broadcast_id: Uuid,
    account_id: Uuid,
    name: String,
    state: String,
    state_detail: String,
    audience: Option<Vec<u8>>,
    sealed_audience: Option<Vec<u8>>,
    included: i64,
    settled: i64,
    drafted_at: Option<DateTime<Utc>>,
    confirmed_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
}

/// A broadcast, and apart from it whom it is for.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) broadcast_id: Uuid,
    pub(crate) broadcast: Broadcast,
    pub(crate) audience: Audience,
}

/// A broadcast's place in its team's list. Two may be drafted at the same time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) drafted_at: DateTime<Utc>,
    pub(crate) broadcast_id: Uuid,
}

/// A team's broadcasts before `before`, the newest first; or the one broadcast.
pub(crate) async fn list_broadcasts(
    pool: &PgPool,
    team_id: Uuid,
    only: Option<Uuid>,
    before: Option<Place>,
    limit: u32,
) -> sqlx::Result<Vec<Listed>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT broadcast_id, account_id, name, state, state_detail, audience,
                  sealed_audience, included, COALESCE(settled, 0) AS "settled!",
                  drafted_at, confirmed_at, completed_at
           FROM broadcasts LEFT JOIN broadcast_progress USING (broadcast_id)
           WHERE team_id = $1 AND ($2::uuid IS NULL OR broadcast_id = $2)
             AND ($3::timestamptz IS NULL OR (drafted_at, broadcast_id) < ($3, $4::uuid))
           ORDER BY drafted_at DESC, broadcast_id DESC
           LIMIT $5"#,
        team_id,
        only,
        before.map(|place| place.drafted_at),
        before.map(|place| place.broadcast_id),
        i64::from(limit),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(listed).collect())
}

fn listed(row: Row) -> Listed {
    let audience = match row.sealed_audience {
        Some(filter) => Audience::Sealed {
            filter,
            digest: Vec::new(),
        },
        None => Audience::Clear(decode(row.audience.as_deref())),
    };
    let broadcast = Broadcast {
        broadcast_id: row.broadcast_id.to_string(),
        account_id: row.account_id.to_string(),
        name: row.name,
        state: state(&row.state).into(),
        state_detail: row.state_detail,
        audience: None,
        included: row.included,
        settled: row.settled,
        drafted_at: row.drafted_at.map(to_timestamp),
        confirmed_at: row.confirmed_at.map(to_timestamp),
        completed_at: row.completed_at.map(to_timestamp),
    };
    Listed {
        broadcast_id: row.broadcast_id,
        broadcast,
        audience,
    }
}

fn decode(filter: Option<&[u8]>) -> Filter {
    filter
        .and_then(|filter| Filter::decode(filter).ok())
        .unwrap_or_default()
}

fn state(state: &str) -> BroadcastState {
    match state {
        "draft" => BroadcastState::Draft,
        "preparing" => BroadcastState::Preparing,
        "sending" => BroadcastState::Sending,
        "paused" => BroadcastState::Paused,
        "done" => BroadcastState::Done,
        "stopped" => BroadcastState::Stopped,
        _ => BroadcastState::Unspecified,
    }
}

/// A broadcast that a process has something to do for.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) broadcast_id: Uuid,
    pub(crate) team_id: Uuid,
}

/// Broadcasts whose audience is to be frozen, or is not all in events yet.
pub(crate) async fn to_freeze(executor: impl PgExecutor<'_>) -> sqlx::Result<Vec<Open>> {
    sqlx::query_as!(
        Open,
        r#"SELECT broadcast_id AS "broadcast_id!", team_id AS "team_id!"
           FROM broadcasts WHERE state = 'preparing'
           UNION
           SELECT broadcast_id, team_id FROM dispatch_audiences WHERE NOT published"#,
    )
    .fetch_all(executor)
    .await
}

/// Broadcasts of which everyone has an outcome, or was left out and is named in an event.
pub(crate) async fn to_complete(executor: impl PgExecutor<'_>) -> sqlx::Result<Vec<Open>> {
    sqlx::query_as!(
        Open,
        "SELECT b.broadcast_id, b.team_id
         FROM broadcasts b LEFT JOIN broadcast_progress p USING (broadcast_id)
         WHERE b.state IN ('sending', 'paused') AND b.included = COALESCE(p.settled, 0)
           AND NOT EXISTS (SELECT 1 FROM dispatch_audiences a
                           WHERE a.broadcast_id = b.broadcast_id AND NOT a.published)",
    )
    .fetch_all(executor)
    .await
}

/// Broadcasts that have ended, with dispatch rows still there.
pub(crate) async fn to_clean_up(executor: impl PgExecutor<'_>) -> sqlx::Result<Vec<Open>> {
    sqlx::query_as!(
        Open,
        "SELECT b.broadcast_id, b.team_id
         FROM dispatch_contents JOIN broadcasts b USING (broadcast_id)
         LEFT JOIN broadcast_progress p USING (broadcast_id)
         WHERE b.state IN ('done', 'stopped') AND b.included = COALESCE(p.settled, 0)
           AND NOT EXISTS (SELECT 1 FROM dispatch_audiences a
                           WHERE a.broadcast_id = b.broadcast_id AND NOT a.published)",
    )
    .fetch_all(executor)
    .await
}
