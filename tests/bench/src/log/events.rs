use std::sync::Arc;

use event_sourcing::StreamId;
use event_store::{Append, Expected, NewEvent};
use rand::{RngCore as _, SeedableRng as _, rngs::StdRng};
use uuid::Uuid;

pub(crate) const EVENT_TYPE: &str = "fanfare.events.contacts.v1.ContactInteracted";
pub(crate) const CATEGORY: &str = "contact";
pub(crate) const TEAM: Uuid = Uuid::from_u128(0xfa);
const PAYLOAD_BYTES: usize = 400;
const METADATA_BYTES: usize = 40;
const ANSWER_BYTES: usize = 16;
const NOISE_BYTES: usize = 16 * 1024 * 1024;

/// The events that are measured with: 400 bytes each that no compression shortens, as sealed fields are.
#[derive(Debug, Clone)]
pub(crate) struct Workload {
    noise: Arc<[u8]>,
}

impl Workload {
    pub(crate) fn new() -> Self {
        let mut noise = vec![0; NOISE_BYTES];
        StdRng::seed_from_u64(0).fill_bytes(&mut noise);
        Self {
            noise: noise.into(),
        }
    }

    pub(crate) fn payload(&self, nth: u64) -> &[u8] {
        self.slice(nth, PAYLOAD_BYTES)
    }

    pub(crate) fn metadata(&self, nth: u64) -> &[u8] {
        self.slice(nth + 1, METADATA_BYTES)
    }

    /// A fact about a contact that need not be known before.
    pub(crate) fn fact(&self, nth: u64) -> Append {
        Append {
            stream: StreamId {
                category: CATEGORY,
                id: Uuid::now_v7(),
            },
            team_id: TEAM,
            expected: Expected::Any,
            request_id: None,
            answer: Vec::new(),
            metadata: self.metadata(nth).to_vec(),
            events: vec![NewEvent {
                event_id: Uuid::now_v7(),
                event_type: EVENT_TYPE.into(),
                payload: self.payload(nth).to_vec(),
            }],
        }
    }

    /// A command that makes a contact, and may be repeated without making another.
    pub(crate) fn command(&self, nth: u64) -> Append {
        Append {
            expected: Expected::Version(0),
            request_id: Some(Uuid::new_v4()),
            answer: self.slice(nth + 2, ANSWER_BYTES).to_vec(),
            ..self.fact(nth)
        }
    }

    fn slice(&self, nth: u64, length: usize) -> &[u8] {
        let places = NOISE_BYTES / PAYLOAD_BYTES;
        let place = usize::try_from(nth).unwrap_or_default() % places * PAYLOAD_BYTES;
        &self.noise[place..place + length]
    }
}
