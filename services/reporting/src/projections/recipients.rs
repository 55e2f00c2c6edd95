use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use event_bus::HandlerError;
use events::{
    broadcasts::{ChunkStored, OutcomeKind, RecipientsProgressed, WindowSettled},
    common::ProgressKind,
};
use sqlx::PgTransaction;
use uuid::Uuid;

use super::{
    malformed::{integer, joined_ids, malformed, number, text, time},
    outcome::Said,
    outcomes,
    runs::Runs,
};
use crate::outcome_status::{self as status, told};

/// What a batch of events changes in chunks. All events of a chunk are in one partition, in order.
#[derive(Debug, Default)]
pub(super) struct Recipients {
    stored: BTreeMap<Uuid, StoredChunk>,
    /// In their order.
    said: Vec<Happened>,
}

#[derive(Debug)]
enum Happened {
    Settled(WindowSettled),
    Progressed(RecipientsProgressed),
}

impl Happened {
    fn chunk_id(&self) -> Uuid {
        events::id(match self {
            Self::Settled(event) => &event.chunk_id,
            Self::Progressed(event) => &event.chunk_id,
        })
    }
}

#[derive(Debug)]
struct StoredChunk {
    team_id: Uuid,
    broadcast_id: Uuid,
    index: i32,
    places: i32,
    contact_ids: Vec<u8>,
}

/// A chunk's outcomes, and whose they are.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) team_id: Uuid,
    pub(super) broadcast_id: Uuid,
    pub(super) index: i32,
    pub(super) runs: Runs,
}

impl Recipients {
    pub(super) fn stored(&mut self, team_id: Uuid, event: ChunkStored) -> Result<(), HandlerError> {
        joined_ids("contact_ids", &event.contact_ids)?;
        let chunk = StoredChunk {
            team_id,
            broadcast_id: events::id(&event.broadcast_id),
            index: integer("index", event.index)?,
            places: integer("contact_ids", event.contact_ids.len() / 16)?,
            contact_ids: event.contact_ids,
        };
        match self.stored.entry(events::id(&event.chunk_id)) {
            Entry::Vacant(entry) => {
                entry.insert(chunk);
                Ok(())
            }
            Entry::Occupied(_) => Err(malformed("chunk_id", "the chunk was stored before")),
        }
    }

    pub(super) fn settled(&mut self, event: WindowSettled) {
        self.said.push(Happened::Settled(event));
    }

    pub(super) fn progressed(&mut self, event: RecipientsProgressed) {
        self.said.push(Happened::Progressed(event));
    }

    pub(super) async fn save(self, tx: &mut PgTransaction<'_>) -> Result<(), HandlerError> {
        if self.stored.is_empty() && self.said.is_empty() {
            return Ok(());
        }
        let changed: BTreeSet<Uuid> = self.said.iter().map(Happened::chunk_id).collect();
        let earlier: Vec<Uuid> = changed
            .into_iter()
            .filter(|id| !self.stored.contains_key(id))
            .collect();
        let mut chunks = outcomes::take(tx, &earlier).await?;
        for (chunk_id, stored) in &self.stored {
            chunks.insert(*chunk_id, stored.pending());
        }
        for happened in &self.said {
            let chunk = chunks
                .get_mut(&happened.chunk_id())
                .ok_or_else(|| malformed("chunk_id", "no such chunk was stored"))?;
            match happened {
                Happened::Settled(event) => settle(&mut chunk.runs, event)?,
                Happened::Progressed(event) => progress(&mut chunk.runs, event)?,
            }
        }
        insert(tx, self.stored).await?;
        outcomes::insert(tx, &chunks).await?;
        Ok(())
    }
}

impl StoredChunk {
    fn pending(&self) -> Chunk {
        Chunk {
            team_id: self.team_id,
            broadcast_id: self.broadcast_id,
            index: self.index,
            runs: Runs::pending(self.places),
        }
    }
}

fn settle(runs: &mut Runs, event: &WindowSettled) -> Result<(), HandlerError> {
    let settled_at = time("settled_at", event.settled_at.as_ref())?;
    for told in &event.outcomes {
        let said = Said {
            what: status(told.kind())?,
            failure_class: number("failure_class", told.failure_class)?,
            code: text("code", told.code.clone())?,
        };
        for range in &told.recipients {
            runs.change(range.first, range.count, |before| {
                before.settled(&said, settled_at)
            })
            .map_err(|error| malformed("recipients", error))?;
        }
    }
    Ok(())
}

fn progress(runs: &mut Runs, event: &RecipientsProgressed) -> Result<(), HandlerError> {
    let said = Said {
        what: how_far(event.kind())?,
        failure_class: number("failure_class", event.failure_class)?,
        code: text("code", event.code.clone())?,
    };
    for range in &event.recipients {
        runs.change(range.first, range.count, |before| before.progressed(&said))
            .map_err(|error| malformed("recipients", error))?;
    }
    Ok(())
}

fn how_far(kind: ProgressKind) -> Result<i16, HandlerError> {
    match kind {
        ProgressKind::Accepted => Ok(told::ACCEPTED),
        ProgressKind::Failed => Ok(told::FAILED),
        ProgressKind::Delivered => Ok(told::DELIVERED),
        ProgressKind::Read => Ok(told::READ),
        ProgressKind::Unspecified => Err(malformed("kind", "nothing that is known here")),
    }
}

fn status(kind: OutcomeKind) -> Result<i16, HandlerError> {
    match kind {
        OutcomeKind::Accepted => Ok(status::SENT),
        OutcomeKind::Failed => Ok(status::FAILED),
        OutcomeKind::Unknown => Ok(status::UNKNOWN),
        OutcomeKind::NotSent => Ok(status::NOT_SENT),
        OutcomeKind::Unspecified => Err(malformed("kind", "no outcome that is known here")),
    }
}

async fn insert(
    tx: &mut PgTransaction<'_>,
    stored: BTreeMap<Uuid, StoredChunk>,
) -> sqlx::Result<()> {
    let chunk_ids: Vec<Uuid> = stored.keys().copied().collect();
    let team_ids: Vec<Uuid> = stored.values().map(|chunk| chunk.team_id).collect();
    let broadcast_ids: Vec<Uuid> = stored.values().map(|chunk| chunk.broadcast_id).collect();
    let indexes: Vec<i32> = stored.values().map(|chunk| chunk.index).collect();
    let contact_ids: Vec<Vec<u8>> = stored
        .into_values()
        .map(|chunk| chunk.contact_ids)
        .collect();
    sqlx::query!(
        "INSERT INTO chunks (chunk_id, team_id, broadcast_id, chunk_index, contact_ids)
         SELECT chunk_id, team_id, broadcast_id, chunk_index, contact_ids
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::bytea[])
             AS chunks (chunk_id, team_id, broadcast_id, chunk_index, contact_ids)",
        &chunk_ids,
        &team_ids,
        &broadcast_ids,
        &indexes,
        &contact_ids,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
