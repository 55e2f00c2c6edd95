use chrono::{DateTime, Utc};
use contacts_domain::ExternalId;

/// What a person did, as a channel tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) person: ExternalId,
    /// The event's own id, the same when it is delivered again.
    pub(crate) event_id: String,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) kind: FactKind,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum FactKind {
    Followed {
        unblocked: bool,
    },
    /// The text, or nothing for a sticker or a picture.
    Wrote {
        text: String,
    },
    Tapped {
        data: String,
    },
    Blocked,
    /// The channel's own switch for marketing.
    MarketingSwitched {
        stopped: bool,
    },
}

// What people write is never printed.
impl std::fmt::Debug for FactKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Followed { .. } => "Followed",
            Self::Wrote { .. } => "Wrote",
            Self::Tapped { .. } => "Tapped",
            Self::Blocked => "Blocked",
            Self::MarketingSwitched { .. } => "MarketingSwitched",
        })
    }
}
