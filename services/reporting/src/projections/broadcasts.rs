use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use event_bus::HandlerError;
use events::broadcasts::{
    AudienceFrozen, BroadcastCompleted, BroadcastConfirmed, BroadcastDrafted, BroadcastStopped,
};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::malformed::{integer, number, text, time};

/// What a batch of events changes in broadcasts.
#[derive(Debug, Default)]
pub(super) struct Broadcasts {
    drafted: Vec<Draft>,
    changes: BTreeMap<Uuid, Change>,
}

#[derive(Debug)]
struct Draft {
    team_id: Uuid,
    broadcast_id: Uuid,
    account_id: Uuid,
    channel: i16,
    name: String,
    tracked_links: i32,
    drafted_at: DateTime<Utc>,
}

/// None: as it was.
#[derive(Debug, Default)]
struct Change {
    confirmed_at: Option<DateTime<Utc>>,
    frozen_at: Option<DateTime<Utc>>,
    paused: Option<bool>,
    stopped_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
}

impl Broadcasts {
    pub(super) fn drafted(
        &mut self,
        team_id: Uuid,
        event: BroadcastDrafted,
    ) -> Result<(), HandlerError> {
        self.drafted.push(Draft {
            team_id,
            broadcast_id: events::id(&event.broadcast_id),
            account_id: events::id(&event.account_id),
            channel: number("channel", event.channel)?,
            name: text("name", event.name)?,
            tracked_links: integer("links", event.links.len())?,
            drafted_at: time("drafted_at", event.drafted_at.as_ref())?,
        });
        Ok(())
    }

    pub(super) fn confirmed(&mut self, event: &BroadcastConfirmed) -> Result<(), HandlerError> {
        let at = time("confirmed_at", event.confirmed_at.as_ref())?;
        self.change(&event.broadcast_id).confirmed_at = Some(at);
        Ok(())
    }

    pub(super) fn frozen(&mut self, event: &AudienceFrozen) -> Result<(), HandlerError> {
        let at = time("frozen_at", event.frozen_at.as_ref())?;
        self.change(&event.broadcast_id).frozen_at = Some(at);
        Ok(())
    }

    pub(super) fn paused(&mut self, broadcast_id: &[u8], paused: bool) {
        self.change(broadcast_id).paused = Some(paused);
    }

    pub(super) fn stopped(&mut self, event: &BroadcastStopped) -> Result<(), HandlerError> {
        let at = time("stopped_at", event.stopped_at.as_ref())?;
        self.change(&event.broadcast_id).stopped_at = Some(at);
        Ok(())
    }

    pub(super) fn completed(&mut self, event: &BroadcastCompleted) -> Result<(), HandlerError> {
        let at = time("completed_at", event.completed_at.as_ref())?;
        self.change(&event.broadcast_id).completed_at = Some(at);
        Ok(())
    }

    fn change(&mut self, broadcast_id: &[u8]) -> &mut Change {
        self.changes.entry(events::id(broadcast_id)).or_default()
    }

    pub(super) async fn save(self, tx: &mut PgTransaction<'_>) -> sqlx::Result<()> {
        if !self.drafted.is_empty() {
            insert(tx, &self.drafted).await?;
        }
        if !self.changes.is_empty() {
            update(tx, &self.changes).await?;
        }
        Ok(())
    }
}

async fn insert(tx: &mut PgTransaction<'_>, drafts: &[Draft]) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO broadcasts
             (broadcast_id, team_id, account_id, channel, name, tracked_links, drafted_at)
         SELECT broadcast_id, team_id, account_id, channel, name, tracked_links, drafted_at
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::smallint[], $5::text[], $6::integer[],
                     $7::timestamptz[])
             AS drafts (broadcast_id, team_id, account_id, channel, name, tracked_links, drafted_at)",
        &drafts.iter().map(|draft| draft.broadcast_id).collect::<Vec<_>>(),
        &drafts.iter().map(|draft| draft.team_id).collect::<Vec<_>>(),
        &drafts.iter().map(|draft| draft.account_id).collect::<Vec<_>>(),
        &drafts.iter().map(|draft| draft.channel).collect::<Vec<_>>(),
        &drafts.iter().map(|draft| draft.name.clone()).collect::<Vec<_>>(),
        &drafts.iter().map(|draft| draft.tracked_links).collect::<Vec<_>>(),
        &drafts.iter().map(|draft| draft.drafted_at).collect::<Vec<_>>(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn update(tx: &mut PgTransaction<'_>, changes: &BTreeMap<Uuid, Change>) -> sqlx::Result<()> {
    let each = || changes.values();
    sqlx::query!(
        "UPDATE broadcasts
         SET confirmed_at = COALESCE(changes.confirmed_at, broadcasts.confirmed_at),
             frozen_at = COALESCE(changes.frozen_at, broadcasts.frozen_at),
             paused = COALESCE(changes.paused, broadcasts.paused),
             stopped_at = COALESCE(changes.stopped_at, broadcasts.stopped_at),
             completed_at = COALESCE(changes.completed_at, broadcasts.completed_at)
         FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::boolean[],
                     $5::timestamptz[], $6::timestamptz[])
             AS changes (broadcast_id, confirmed_at, frozen_at, paused, stopped_at,
                         completed_at)
         WHERE broadcasts.broadcast_id = changes.broadcast_id",
        &changes.keys().copied().collect::<Vec<_>>(),
        &each().map(|change| change.confirmed_at).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &each().map(|change| change.frozen_at).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &each().map(|change| change.paused).collect::<Vec<_>>() as &[Option<bool>],
        &each().map(|change| change.stopped_at).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &each().map(|change| change.completed_at).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
