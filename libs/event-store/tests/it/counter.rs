use std::borrow::Cow;

use event_sourcing::{Aggregate, DecodeError, EncodedEvent, EventCodec};
use event_store::SnapshotCodec;

/// Counts up to its limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counter(pub(crate) i64);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counted;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Command {
    /// One more, unless that would be over the limit.
    Count { limit: i64 },
    /// Count if nothing was counted yet.
    Ensure,
}

impl EventCodec for Counted {
    fn encode(&self) -> EncodedEvent {
        EncodedEvent {
            event_type: Cow::Borrowed("test.v1.Counted"),
            payload: Vec::new(),
        }
    }

    fn decode(_: &str, _: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}

impl Aggregate for Counter {
    const CATEGORY: &'static str = "counter";
    type Command = Command;
    type Event = Counted;
    type Error = &'static str;

    fn decide(&self, command: Command) -> Result<Vec<Counted>, &'static str> {
        match command {
            Command::Count { limit } if self.0 >= limit => Err("over the limit"),
            Command::Ensure if self.0 > 0 => Ok(vec![]),
            Command::Count { .. } | Command::Ensure => Ok(vec![Counted]),
        }
    }

    fn evolve(self, _: &Counted) -> Self {
        Self(self.0 + 1)
    }
}

impl SnapshotCodec for Counter {
    const SCHEMA_VERSION: i32 = 1;

    fn to_snapshot(&self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }

    fn from_snapshot(payload: &[u8]) -> Option<Self> {
        Some(Self(i64::from_be_bytes(payload.try_into().ok()?)))
    }
}
