use events::{
    HELD,
    broadcasts::{self, FailureClass, OutcomeKind},
};

use super::Recipients;

/// What became of some recipients of a window, for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub recipients: Recipients,
    pub fate: Fate,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The channel took the message.
    Accepted {
        /// Of the request that was accepted. Empty where the channel did not say.
        channel_request_id: String,
    },
    /// The channel took the message and keeps it back, until it knows more of its quality.
    Held { channel_request_id: String },
    /// The channel refused it for good.
    Failed { class: FailureClass, code: String },
    /// Nobody can tell whether it left.
    Unknown { code: String },
    /// The broadcast was stopped before, or the contact was deleted.
    NotSent { code: String },
}

impl From<&Outcome> for broadcasts::Outcome {
    fn from(outcome: &Outcome) -> Self {
        let stored = Self {
            recipients: outcome.recipients.to_ranges(),
            ..Self::default()
        };
        match &outcome.fate {
            Fate::Accepted { channel_request_id } => Self {
                kind: OutcomeKind::Accepted.into(),
                channel_request_id: channel_request_id.clone(),
                ..stored
            },
            Fate::Held { channel_request_id } => Self {
                kind: OutcomeKind::Accepted.into(),
                code: HELD.to_owned(),
                channel_request_id: channel_request_id.clone(),
                ..stored
            },
            Fate::Failed { class, code } => Self {
                kind: OutcomeKind::Failed.into(),
                failure_class: (*class).into(),
                code: code.clone(),
                ..stored
            },
            Fate::Unknown { code } => Self {
                kind: OutcomeKind::Unknown.into(),
                failure_class: FailureClass::Ambiguous.into(),
                code: code.clone(),
                ..stored
            },
            Fate::NotSent { code } => Self {
                kind: OutcomeKind::NotSent.into(),
                code: code.clone(),
                ..stored
            },
        }
    }
}
