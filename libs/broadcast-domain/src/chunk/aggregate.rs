use event_sourcing::Aggregate;
use events::{BroadcastLogEvent as Event, from_timestamp};

use super::{
    Chunk, ChunkCommand, ChunkError, Ledger, Recipients, Window, decide::decide,
    state::ClosedWindow,
};

impl Aggregate for Chunk {
    const CATEGORY: &'static str = "chunk";
    type Command = ChunkCommand;
    type Event = Event;
    type Error = ChunkError;

    fn decide(&self, command: ChunkCommand) -> Result<Vec<Event>, ChunkError> {
        decide(self, command)
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Absent, Event::ChunkStored(stored)) => {
                Self::Waiting(Ledger::new(stored.clone()))
            }
            (Self::Waiting(ledger), Event::WindowStarted(started)) => Self::Sending {
                window: Window {
                    number: started.window,
                    recipients: Recipients::from_ranges(&started.recipients),
                    retry_key: events::id(&started.retry_key),
                    started_at: from_timestamp(started.started_at.as_ref()).unwrap_or_default(),
                },
                ledger,
            },
            (Self::Sending { ledger, window }, Event::WindowSettled(settled)) => {
                ledger.close(ClosedWindow {
                    retry_key: Some(window.retry_key),
                    outcomes: settled.outcomes.clone(),
                })
            }
            (Self::Waiting(ledger), Event::WindowSettled(settled)) => ledger.close(ClosedWindow {
                retry_key: None,
                outcomes: settled.outcomes.clone(),
            }),
            // A window that was taken over stays as it was started. The others are never appended in
            // these states, or not of a chunk.
            (
                state,
                Event::ChunkStored(_)
                | Event::WindowStarted(_)
                | Event::WindowSettled(_)
                | Event::Drafted(_)
                | Event::Confirmed(_)
                | Event::AudienceFrozen(_)
                | Event::Excluded(_)
                | Event::Paused(_)
                | Event::Resumed(_)
                | Event::Stopped(_)
                | Event::Completed(_),
            ) => state,
        }
    }
}
