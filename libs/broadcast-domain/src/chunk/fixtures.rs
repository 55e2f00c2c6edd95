use chrono::{DateTime, Utc};
use event_sourcing::Aggregate as _;
use events::{BroadcastLogEvent as Event, broadcasts::FailureClass, common::ProgressKind};
use uuid::Uuid;

use super::{Chunk, ChunkCommand as Command, ChunkError, Fate, Outcome, Progress, Recipients};

pub(super) const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

pub(super) fn store(people: u128) -> Command {
    Command::Store {
        chunk_id: Uuid::from_u128(1),
        broadcast_id: Uuid::from_u128(2),
        account_id: Uuid::from_u128(3),
        index: 0,
        contact_ids: (0..people).map(|n| Uuid::from_u128(100 + n)).collect(),
    }
}

pub(super) fn start(recipients: std::ops::Range<u32>, key: u128) -> Command {
    Command::StartWindow {
        recipients: places(recipients),
        retry_key: Uuid::from_u128(key),
        at: NOW,
    }
}

pub(super) fn take_over(window: u32) -> Command {
    Command::TakeOverWindow { window }
}

pub(super) fn settle(window: u32, outcomes: impl IntoIterator<Item = Outcome>) -> Command {
    Command::SettleWindow {
        window,
        outcomes: outcomes.into_iter().collect(),
        at: NOW,
    }
}

pub(super) fn abandon() -> Command {
    Command::Abandon {
        code: "stopped".to_owned(),
        at: NOW,
    }
}

/// Of a chunk that [`store`] makes.
pub(super) fn leave_out(people: std::ops::Range<u128>) -> Command {
    Command::LeaveOut {
        contact_ids: people.map(|n| Uuid::from_u128(100 + n)).collect(),
        code: "deleted".to_owned(),
        at: NOW,
    }
}

pub(super) fn told(recipients: std::ops::Range<u32>, kind: ProgressKind) -> Command {
    let failed = kind == ProgressKind::Failed;
    Command::Progress(Progress {
        recipients: places(recipients),
        kind,
        failure_class: if failed {
            FailureClass::Recipient
        } else {
            FailureClass::Unspecified
        },
        code: if failed { "131026" } else { "" }.to_owned(),
        occurred_at: NOW,
    })
}

pub(super) fn accepted(recipients: std::ops::Range<u32>) -> Outcome {
    Outcome {
        recipients: places(recipients),
        fate: Fate::Accepted {
            channel_request_id: "request".to_owned(),
        },
    }
}

pub(super) fn held(recipients: std::ops::Range<u32>) -> Outcome {
    Outcome {
        recipients: places(recipients),
        fate: Fate::Held {
            channel_request_id: "request".to_owned(),
        },
    }
}

pub(super) fn failed(recipients: std::ops::Range<u32>) -> Outcome {
    Outcome {
        recipients: places(recipients),
        fate: Fate::Failed {
            class: FailureClass::Recipient,
            code: "recipient_invalid".to_owned(),
        },
    }
}

pub(super) fn unknown(recipients: std::ops::Range<u32>) -> Outcome {
    Outcome {
        recipients: places(recipients),
        fate: Fate::Unknown {
            code: "no_answer".to_owned(),
        },
    }
}

pub(super) fn places(range: std::ops::Range<u32>) -> Recipients {
    std::iter::once(range).collect()
}

/// The events of commands that are all taken.
pub(super) fn history(commands: impl IntoIterator<Item = Command>) -> Vec<Event> {
    let mut history = Vec::new();
    for command in commands {
        let decided: Result<Vec<Event>, ChunkError> = Chunk::fold(&history).decide(command);
        history.extend(decided.unwrap());
    }
    history
}
