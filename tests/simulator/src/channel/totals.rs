use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::endpoint::Endpoint;

/// What a channel has seen, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// Sends answered, or to be answered, 200.
    pub accepted: u64,
    /// People who got at least one send.
    pub people_received: u64,
    /// One for each person and send.
    pub deliveries: u64,
    /// Sends that the person with the most of them got.
    pub max_per_person: u64,
    /// Copies of the same messages that one person got: above 1 is a double send.
    pub max_copies_per_person: u64,
    /// People who were named but blocked the account or do not exist, one for each send.
    pub undelivered: u64,
    /// People named more than once in one multicast; they get it each time.
    pub duplicate_recipients: u64,
    /// Requests under a known retry key with other bytes.
    pub changed_bodies: u64,
    /// Counted against the quota this month.
    pub used: u64,
    /// People reached under each aggregation unit, one for each send.
    pub units: BTreeMap<String, u64>,
    /// How each endpoint's requests were answered.
    pub requests: BTreeMap<Endpoint, BTreeMap<Outcome, u64>>,
}

impl Totals {
    /// How many requests to the endpoint were answered so.
    pub fn answered(&self, endpoint: Endpoint, outcome: impl Into<Outcome>) -> u64 {
        let answers = self.requests.get(&endpoint);
        answers
            .and_then(|answers| answers.get(&outcome.into()))
            .copied()
            .unwrap_or(0)
    }
}

/// An HTTP status, or no answer at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Outcome {
    Status(u16),
    Dropped,
}

impl From<u16> for Outcome {
    fn from(status: u16) -> Self {
        Self::Status(status)
    }
}

impl From<Outcome> for String {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Status(status) => status.to_string(),
            Outcome::Dropped => Self::from("dropped"),
        }
    }
}

impl TryFrom<String> for Outcome {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "dropped" => Ok(Self::Dropped),
            status => Ok(Self::Status(status.parse()?)),
        }
    }
}
