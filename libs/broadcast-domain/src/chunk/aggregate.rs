use event_sourcing::Aggregate;
use events::{BroadcastLogEvent as Event, broadcasts::RecipientsProgressed, from_timestamp};

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
                ledger: ledger.turn(),
            },
            // A window that was taken over stays as it was started.
            (Self::Sending { ledger, window }, Event::WindowStarted(_)) => Self::Sending {
                ledger: ledger.turn(),
                window,
            },
            (Self::Sending { ledger, window }, Event::WindowSettled(settled)) => {
                ledger.turn().close(ClosedWindow {
                    retry_key: Some(window.retry_key),
                    outcomes: settled.outcomes.clone(),
                })
            }
            (Self::Waiting(ledger), Event::WindowSettled(settled)) => {
                ledger.turn().close(ClosedWindow {
                    retry_key: None,
                    outcomes: settled.outcomes.clone(),
                })
            }
            (state, Event::Progressed(progressed)) => told(state, progressed),
            // Never appended in these states, or not of a chunk.
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

fn told(mut chunk: Chunk, progressed: &RecipientsProgressed) -> Chunk {
    match &mut chunk {
        Chunk::Absent => {}
        Chunk::Waiting(ledger) | Chunk::Settled(ledger) | Chunk::Sending { ledger, .. } => {
            ledger.told.add(progressed);
        }
    }
    chunk
}
