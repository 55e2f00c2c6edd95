use chrono::{DateTime, Utc};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::Page;

#[derive(Debug)]
pub(crate) struct Broadcast {
    pub(crate) id: Uuid,
    pub(crate) account_id: Uuid,
    pub(crate) channel: i16,
    pub(crate) name: String,
    pub(crate) tracked_links: i32,
    pub(crate) drafted_at: DateTime<Utc>,
    pub(crate) confirmed_at: Option<DateTime<Utc>>,
    pub(crate) frozen_at: Option<DateTime<Utc>>,
    pub(crate) paused: bool,
    pub(crate) stopped_at: Option<DateTime<Utc>>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
}

/// A broadcast's place in the list, the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BroadcastKey {
    pub(crate) drafted_at: DateTime<Utc>,
    pub(crate) broadcast_id: Uuid,
}

impl Broadcast {
    /// As `BroadcastState` of the broadcast service, without its prefix.
    pub(crate) fn state(&self) -> &'static str {
        if self.stopped_at.is_some() {
            "STOPPED"
        } else if self.completed_at.is_some() {
            "DONE"
        } else if self.paused {
            "PAUSED"
        } else if self.frozen_at.is_some() {
            "SENDING"
        } else if self.confirmed_at.is_some() {
            "PREPARING"
        } else {
            "DRAFT"
        }
    }
}

pub(crate) async fn find_broadcast(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    broadcast_id: Uuid,
) -> sqlx::Result<Option<Broadcast>> {
    sqlx::query_as!(
        Broadcast,
        "SELECT broadcast_id AS id, account_id, channel, name, tracked_links, drafted_at, confirmed_at,
                frozen_at, paused, stopped_at, completed_at
         FROM broadcasts
         WHERE team_id = $1 AND broadcast_id = $2",
        team_id,
        broadcast_id,
    )
    .fetch_optional(&mut **tx)
    .await
}

/// The newest first, from after `after` on.
pub(crate) async fn list_broadcasts(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    after: Option<BroadcastKey>,
    limit: u32,
) -> sqlx::Result<Page<Broadcast, BroadcastKey>> {
    let broadcasts = sqlx::query_as!(
        Broadcast,
        "SELECT broadcast_id AS id, account_id, channel, name, tracked_links, drafted_at, confirmed_at,
                frozen_at, paused, stopped_at, completed_at
         FROM broadcasts
         WHERE team_id = $1
             AND ($2::timestamptz IS NULL OR (drafted_at, broadcast_id) < ($2, $3::uuid))
         ORDER BY drafted_at DESC, broadcast_id DESC
         LIMIT $4",
        team_id,
        after.map(|after| after.drafted_at),
        after.map(|after| after.broadcast_id),
        i64::from(limit) + 1,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(Page::after_last(broadcasts, limit, |broadcast| {
        BroadcastKey {
            drafted_at: broadcast.drafted_at,
            broadcast_id: broadcast.id,
        }
    }))
}
