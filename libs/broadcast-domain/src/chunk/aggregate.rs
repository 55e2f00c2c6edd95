use std::collections::HashSet;

use chrono::{DateTime, Utc};
use event_sourcing::Aggregate;
use events::{
    BroadcastLogEvent as Event,
    broadcasts::{self, ChunkStored, WindowSettled, WindowStarted},
    from_timestamp, join_ids, to_bytes, to_timestamp,
};
use uuid::Uuid;

use super::{
    Chunk, ChunkCommand as Command, ChunkError, Fate, Ledger, Outcome, RECIPIENTS_MAX, Recipients,
    Window, state::ClosedWindow,
};

impl Aggregate for Chunk {
    const CATEGORY: &'static str = "chunk";
    type Command = Command;
    type Event = Event;
    type Error = ChunkError;

    fn decide(&self, command: Command) -> Result<Vec<Event>, ChunkError> {
        match (self, command) {
            (
                _,
                Command::Store {
                    chunk_id,
                    broadcast_id,
                    account_id,
                    index,
                    contact_ids,
                },
            ) => {
                check_contacts(&contact_ids)?;
                self.store(ChunkStored {
                    chunk_id: to_bytes(chunk_id),
                    broadcast_id: to_bytes(broadcast_id),
                    account_id: to_bytes(account_id),
                    index,
                    contact_ids: join_ids(contact_ids),
                })
            }
            (
                Self::Absent,
                Command::StartWindow { .. }
                | Command::TakeOverWindow { .. }
                | Command::SettleWindow { .. }
                | Command::Abandon { .. },
            ) => Err(ChunkError::NotFound),
            (
                Self::Waiting(ledger),
                Command::StartWindow {
                    recipients,
                    retry_key,
                    at,
                },
            ) => start(ledger, recipients, retry_key, at),
            (
                Self::Sending { window, .. },
                Command::StartWindow {
                    recipients,
                    retry_key,
                    ..
                },
            ) => {
                if window.recipients == recipients && window.retry_key == retry_key {
                    return Ok(Vec::new());
                }
                Err(ChunkError::WindowOpen(window.number))
            }
            (Self::Settled(_), Command::StartWindow { .. }) => Err(ChunkError::NobodyLeft),
            (Self::Sending { ledger, window }, Command::TakeOverWindow { window: number })
                if window.number == number =>
            {
                Ok(vec![started(ledger, window)])
            }
            (
                Self::Waiting(_) | Self::Sending { .. } | Self::Settled(_),
                Command::TakeOverWindow { window },
            ) => Err(ChunkError::WindowNotOpen(window)),
            (
                Self::Sending { ledger, window },
                Command::SettleWindow {
                    window: number,
                    outcomes,
                    at,
                },
            ) if window.number == number => settle(ledger, window, &outcomes, at),
            (
                Self::Waiting(ledger) | Self::Sending { ledger, .. } | Self::Settled(ledger),
                Command::SettleWindow {
                    window, outcomes, ..
                },
            ) => settle_again(ledger, window, &outcomes),
            (Self::Waiting(ledger), Command::Abandon { code, at }) => {
                Ok(vec![abandon(ledger, code, at)])
            }
            (Self::Sending { window, .. }, Command::Abandon { .. }) => {
                Err(ChunkError::WindowOpen(window.number))
            }
            (Self::Settled(_), Command::Abandon { .. }) => Ok(Vec::new()),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Absent, Event::ChunkStored(stored)) => Self::Waiting(Ledger::new(stored.clone())),
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

impl Chunk {
    fn store(&self, wanted: ChunkStored) -> Result<Vec<Event>, ChunkError> {
        match self {
            Self::Absent => Ok(vec![wanted.into()]),
            Self::Waiting(ledger) | Self::Sending { ledger, .. } | Self::Settled(ledger) => {
                if ledger.stored == wanted {
                    return Ok(Vec::new());
                }
                Err(ChunkError::AlreadyStored)
            }
        }
    }
}

fn check_contacts(contact_ids: &[Uuid]) -> Result<(), ChunkError> {
    if !(1..=RECIPIENTS_MAX).contains(&contact_ids.len()) {
        return Err(ChunkError::ContactCount(contact_ids.len()));
    }
    let distinct: HashSet<&Uuid> = contact_ids.iter().collect();
    if distinct.len() < contact_ids.len() {
        return Err(ChunkError::DuplicateContact);
    }
    Ok(())
}

fn start(
    ledger: &Ledger,
    recipients: Recipients,
    retry_key: Uuid,
    at: DateTime<Utc>,
) -> Result<Vec<Event>, ChunkError> {
    if recipients.is_empty() {
        return Err(ChunkError::NoRecipients);
    }
    if !recipients.is_within(&ledger.unsettled) {
        return Err(ChunkError::RecipientsNotFree);
    }
    if ledger.knows_key(retry_key) {
        return Err(ChunkError::RetryKeyUsed);
    }
    let window = Window {
        number: ledger.next_window(),
        recipients,
        retry_key,
        started_at: at,
    };
    Ok(vec![started(ledger, &window)])
}

fn started(ledger: &Ledger, window: &Window) -> Event {
    let started = WindowStarted {
        chunk_id: ledger.stored.chunk_id.clone(),
        broadcast_id: ledger.stored.broadcast_id.clone(),
        window: window.number,
        recipients: window.recipients.to_ranges(),
        retry_key: to_bytes(window.retry_key),
        started_at: Some(to_timestamp(window.started_at)),
    };
    started.into()
}

fn settle(
    ledger: &Ledger,
    window: &Window,
    outcomes: &[Outcome],
    at: DateTime<Utc>,
) -> Result<Vec<Event>, ChunkError> {
    let mut named = Recipients::default();
    for outcome in outcomes {
        let recipients = &outcome.recipients;
        if recipients.is_empty()
            || !recipients.is_within(&window.recipients)
            || !recipients.is_disjoint(&named)
        {
            return Err(ChunkError::OutcomeRecipients);
        }
        named = named.with(recipients);
    }
    let settled = settled(ledger, window.number, outcomes, at);
    Ok(vec![settled.into()])
}

/// A window that is over can't be settled again, unless it is to the same effect.
fn settle_again(
    ledger: &Ledger,
    window: u32,
    outcomes: &[Outcome],
) -> Result<Vec<Event>, ChunkError> {
    let closed = ledger
        .closed(window)
        .ok_or(ChunkError::WindowNotOpen(window))?;
    if closed.outcomes == stored(outcomes) {
        return Ok(Vec::new());
    }
    Err(ChunkError::SettledOtherwise(window))
}

/// A window that nobody started: nothing was sent in it.
fn abandon(ledger: &Ledger, code: String, at: DateTime<Utc>) -> Event {
    let outcome = Outcome {
        recipients: ledger.unsettled.clone(),
        fate: Fate::NotSent { code },
    };
    settled(ledger, ledger.next_window(), &[outcome], at).into()
}

fn settled(ledger: &Ledger, window: u32, outcomes: &[Outcome], at: DateTime<Utc>) -> WindowSettled {
    WindowSettled {
        chunk_id: ledger.stored.chunk_id.clone(),
        broadcast_id: ledger.stored.broadcast_id.clone(),
        window,
        outcomes: stored(outcomes),
        settled_at: Some(to_timestamp(at)),
    }
}

fn stored(outcomes: &[Outcome]) -> Vec<broadcasts::Outcome> {
    outcomes.iter().map(broadcasts::Outcome::from).collect()
}
