use anyhow::Context as _;
use broadcast_domain::{Chunk, ChunkCommand};
use event_sourcing::{Aggregate as _, EventCodec as _, StreamId};
use event_store::{Append, AppendError, EventStore, Expected, NewEvent};
use events::{BroadcastLogEvent, broadcasts::ChunkStored, to_bytes};
use uuid::Uuid;

use crate::{metadata, queue::Ready};

/// A chunk as this worker knows it. Whatever it appends is refused if anybody else was there before.
#[derive(Debug)]
pub(crate) struct Ledger {
    store: EventStore,
    chunk_id: Uuid,
    team_id: Uuid,
    metadata: Vec<u8>,
    state: Chunk,
    version: i64,
}

/// What came of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Yes,
    /// Another worker was there before. The state is now what that one made of it.
    TooLate,
}

impl Ledger {
    /// The chunk as it is in its row, if nobody has touched it since. That is how nearly all of them are:
    /// for the others, the first append is too late, and the state is then read.
    pub(crate) fn untouched(store: EventStore, ready: &Ready) -> Self {
        let stored = ChunkStored {
            chunk_id: to_bytes(ready.chunk_id),
            broadcast_id: to_bytes(ready.broadcast_id),
            account_id: to_bytes(ready.account_id),
            index: u32::try_from(ready.chunk_index).unwrap_or_default(),
            contact_ids: ready.contact_ids.clone(),
        };
        Self {
            store,
            chunk_id: ready.chunk_id,
            team_id: ready.team_id,
            metadata: metadata::of_broadcast(ready.broadcast_id),
            state: Chunk::fold(&[BroadcastLogEvent::ChunkStored(stored)]),
            version: 1,
        }
    }

    pub(crate) fn state(&self) -> &Chunk {
        &self.state
    }

    pub(crate) async fn execute(&mut self, command: ChunkCommand) -> anyhow::Result<Written> {
        loop {
            let turns = self.state.turns();
            let events = self
                .state
                .decide(command.clone())
                .context("chunk refuses")?;
            if events.is_empty() || self.append(&events).await? {
                return Ok(Written::Yes);
            }
            // What the channel told meanwhile is nobody's turn.
            if self.state.turns() != turns {
                return Ok(Written::TooLate);
            }
        }
    }

    /// False: others have appended. The state is now what they made of it.
    async fn append(&mut self, events: &[BroadcastLogEvent]) -> anyhow::Result<bool> {
        let append = Append {
            stream: StreamId {
                category: Chunk::CATEGORY,
                id: self.chunk_id,
            },
            team_id: self.team_id,
            expected: Expected::Version(self.version),
            request_id: None,
            answer: Vec::new(),
            metadata: self.metadata.clone(),
            events: events
                .iter()
                .map(|event| NewEvent::new(event.encode()))
                .collect(),
        };
        match self.store.append(append).await {
            Ok(appended) => {
                self.version = appended.version;
                let state = std::mem::take(&mut self.state);
                self.state = events.iter().fold(state, Chunk::evolve);
                Ok(true)
            }
            Err(AppendError::Conflict { .. }) => {
                self.reload().await?;
                Ok(false)
            }
            Err(error) => Err(error).context("cannot append to a chunk"),
        }
    }

    pub(crate) async fn reload(&mut self) -> anyhow::Result<()> {
        let loaded = self.store.load::<Chunk>(self.chunk_id).await;
        let loaded = loaded.context("cannot load a chunk")?;
        self.state = loaded.state;
        self.version = loaded.version;
        Ok(())
    }
}
