use std::collections::HashSet;

use chrono::{DateTime, Utc};
use events::{
    BroadcastLogEvent as Event,
    broadcasts::{self, ChunkStored, WindowSettled, WindowStarted},
    join_ids, to_bytes, to_timestamp,
};
use uuid::Uuid;

use super::{
    Chunk, ChunkCommand as Command, ChunkError, Fate, Ledger, Outcome, Progress, RECIPIENTS_MAX,
    Recipients, Window,
};

type Decision = Result<Vec<Event>, ChunkError>;

pub(super) fn decide(chunk: &Chunk, command: Command) -> Decision {
    match command {
        Command::Store {
            chunk_id,
            broadcast_id,
            account_id,
            index,
            contact_ids,
        } => {
            check_contacts(&contact_ids)?;
            let stored = ChunkStored {
                chunk_id: to_bytes(chunk_id),
                broadcast_id: to_bytes(broadcast_id),
                account_id: to_bytes(account_id),
                index,
                contact_ids: join_ids(contact_ids),
            };
            store(chunk, stored)
        }
        Command::StartWindow {
            recipients,
            retry_key,
            at,
        } => start(chunk, recipients, retry_key, at),
        Command::TakeOverWindow { window } => take_over(chunk, window),
        Command::SettleWindow {
            window,
            outcomes,
            at,
        } => settle(chunk, window, &outcomes, at),
        Command::LeaveOut {
            contact_ids,
            code,
            at,
        } => leave_out(chunk, &contact_ids, code, at),
        Command::Abandon { code, at } => abandon(chunk, code, at),
        Command::Progress(told) => progress(chunk, told),
    }
}

fn store(chunk: &Chunk, wanted: ChunkStored) -> Decision {
    match chunk {
        Chunk::Absent => Ok(vec![wanted.into()]),
        Chunk::Waiting(ledger) | Chunk::Sending { ledger, .. } | Chunk::Settled(ledger) => {
            if ledger.stored == wanted {
                return Ok(Vec::new());
            }
            Err(ChunkError::AlreadyStored)
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
    chunk: &Chunk,
    recipients: Recipients,
    retry_key: Uuid,
    started_at: DateTime<Utc>,
) -> Decision {
    match chunk {
        Chunk::Absent => Err(ChunkError::NotFound),
        Chunk::Settled(_) => Err(ChunkError::NobodyLeft),
        Chunk::Sending { window, .. } => {
            if window.recipients == recipients && window.retry_key == retry_key {
                return Ok(Vec::new());
            }
            Err(ChunkError::WindowOpen(window.number))
        }
        Chunk::Waiting(ledger) => {
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
                started_at,
            };
            Ok(vec![started(ledger, &window)])
        }
    }
}

fn take_over(chunk: &Chunk, number: u32) -> Decision {
    match chunk {
        Chunk::Absent => Err(ChunkError::NotFound),
        Chunk::Sending { ledger, window } if window.number == number => {
            Ok(vec![started(ledger, window)])
        }
        Chunk::Waiting(_) | Chunk::Sending { .. } | Chunk::Settled(_) => {
            Err(ChunkError::WindowNotOpen(number))
        }
    }
}

fn settle(chunk: &Chunk, number: u32, outcomes: &[Outcome], at: DateTime<Utc>) -> Decision {
    match chunk {
        Chunk::Absent => Err(ChunkError::NotFound),
        Chunk::Sending { ledger, window } if window.number == number => {
            check_outcomes(window, outcomes)?;
            Ok(vec![settled(ledger, number, outcomes, at)])
        }
        // One that is over can't be settled again, unless it is to the same effect.
        Chunk::Waiting(ledger) | Chunk::Sending { ledger, .. } | Chunk::Settled(ledger) => {
            let closed = ledger.closed(number);
            let closed = closed.ok_or(ChunkError::WindowNotOpen(number))?;
            if closed.outcomes == stored(outcomes) {
                return Ok(Vec::new());
            }
            Err(ChunkError::SettledOtherwise(number))
        }
    }
}

fn check_outcomes(window: &Window, outcomes: &[Outcome]) -> Result<(), ChunkError> {
    let mut named = Recipients::default();
    for Outcome { recipients, .. } in outcomes {
        if recipients.is_empty()
            || !recipients.is_within(&window.recipients)
            || !recipients.is_disjoint(&named)
        {
            return Err(ChunkError::OutcomeRecipients);
        }
        named = named.with(recipients);
    }
    Ok(())
}

/// While a window is open it is not known who of it was sent to, and only the open one can be settled.
fn leave_out(chunk: &Chunk, contact_ids: &[Uuid], code: String, at: DateTime<Utc>) -> Decision {
    match chunk {
        Chunk::Absent => Err(ChunkError::NotFound),
        Chunk::Settled(_) => Ok(Vec::new()),
        Chunk::Sending { window, .. } => Err(ChunkError::WindowOpen(window.number)),
        Chunk::Waiting(ledger) => {
            let recipients = ledger.unsettled_of(contact_ids);
            if recipients.is_empty() {
                return Ok(Vec::new());
            }
            let outcome = Outcome {
                recipients,
                fate: Fate::NotSent { code },
            };
            Ok(vec![settled(ledger, ledger.next_window(), &[outcome], at)])
        }
    }
}

fn abandon(chunk: &Chunk, code: String, at: DateTime<Utc>) -> Decision {
    match chunk {
        Chunk::Absent => Err(ChunkError::NotFound),
        Chunk::Sending { window, .. } => Err(ChunkError::WindowOpen(window.number)),
        Chunk::Settled(_) => Ok(Vec::new()),
        Chunk::Waiting(ledger) => {
            let outcome = Outcome {
                recipients: ledger.unsettled.clone(),
                fate: Fate::NotSent { code },
            };
            // Of a window that nobody started: nothing was sent in it.
            Ok(vec![settled(ledger, ledger.next_window(), &[outcome], at)])
        }
    }
}

/// Whatever the chunk is doing: what was told is true of a message that is on its way, or was.
fn progress(chunk: &Chunk, told: Progress) -> Decision {
    match chunk {
        Chunk::Absent => Err(ChunkError::NotFound),
        Chunk::Waiting(ledger) | Chunk::Sending { ledger, .. } | Chunk::Settled(ledger) => {
            let news = ledger.news(&told);
            if news.is_empty() {
                return Ok(Vec::new());
            }
            Ok(vec![ledger.progressed(told, &news).into()])
        }
    }
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

fn settled(ledger: &Ledger, window: u32, outcomes: &[Outcome], at: DateTime<Utc>) -> Event {
    let settled = WindowSettled {
        chunk_id: ledger.stored.chunk_id.clone(),
        broadcast_id: ledger.stored.broadcast_id.clone(),
        window,
        outcomes: stored(outcomes),
        settled_at: Some(to_timestamp(at)),
    };
    settled.into()
}

fn stored(outcomes: &[Outcome]) -> Vec<broadcasts::Outcome> {
    outcomes.iter().map(broadcasts::Outcome::from).collect()
}
