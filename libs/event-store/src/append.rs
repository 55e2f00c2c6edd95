use std::borrow::Cow;

use event_sourcing::{EncodedEvent, StreamId};
use uuid::Uuid;

use crate::LogPosition;

/// One command's events, appended together or not at all.
#[derive(Debug, Clone)]
pub struct Append {
    pub stream: StreamId,
    pub team_id: Uuid,
    pub expected: Expected,
    /// Makes the command idempotent within its stream.
    pub request_id: Option<Uuid>,
    /// What a repeat of the command is answered with, besides the version.
    pub answer: Vec<u8>,
    /// A protobuf `fanfare.log.v1.EventMetadata`, the same for all events.
    pub metadata: Vec<u8>,
    pub events: Vec<NewEvent>,
}

/// Where the stream has to be for an append to take effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Anywhere: the events are facts that hold whatever came before.
    Any,
    /// At this version. 0: the stream does not exist yet.
    Version(i64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// A `UUIDv7`. Given by the caller, since sealed fields are bound to it.
    pub event_id: Uuid,
    pub event_type: Cow<'static, str>,
    pub payload: Vec<u8>,
}

impl NewEvent {
    /// Gives `encoded` an id of its own.
    #[must_use]
    pub fn new(encoded: EncodedEvent) -> Self {
        Self::with_id(Uuid::now_v7(), encoded)
    }

    #[must_use]
    pub fn with_id(event_id: Uuid, encoded: EncodedEvent) -> Self {
        Self {
            event_id,
            event_type: encoded.event_type,
            payload: encoded.payload,
        }
    }
}

/// Where a command's last event is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The stream's version afterwards.
    pub version: i64,
    pub at: LogPosition,
    /// The command had been answered before, and nothing was written now.
    pub repeated: bool,
    /// As it was given with the command when it was first answered.
    pub answer: Vec<u8>,
}
