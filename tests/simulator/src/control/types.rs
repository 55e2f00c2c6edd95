use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{faults::Fault, user_id::UserId};

/// What a channel is known by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelInfo {
    /// The account's own user id: the `destination` of its webhooks.
    pub bot_user_id: UserId,
}

/// A send that one person got.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReceivedSend {
    pub request_id: Uuid,
    pub retry_key: Option<Uuid>,
    /// The array as it was sent.
    pub messages: Box<RawValue>,
    pub at_ms: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetFaults {
    #[serde(default)]
    pub(super) seed: u64,
    pub(super) faults: Vec<Fault>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdvanceClock {
    pub(super) advance_ms: u64,
}
