/// What an answer means for the batch that was sent, and so what may be done next.
///
/// `code` is ours and stable; `detail` is the provider's own text, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The provider has the batch. Never send it again.
    Accepted {
        /// The id of the attempt that was accepted, which for a repeat is not this one.
        request_id: Option<String>,
        /// An earlier attempt had already been accepted.
        repeated: bool,
    },
    /// Nobody was sent to, because of one recipient. Send the others under a new key.
    RecipientInvalid {
        /// Which one; if unknown, halve the batch.
        index: Option<usize>,
        code: &'static str,
        detail: String,
    },
    /// Nobody was sent to, and nobody will be with this content. Stop the broadcast.
    ContentRefused { code: &'static str, detail: String },
    /// Nobody was sent to, and nothing will be by this account. Pause it and tell a person.
    AccountRefused { code: &'static str, detail: String },
    /// Nobody was sent to: the month is used up, or reserved by a send that is still running.
    QuotaExceeded { detail: String },
    /// Nobody was sent to: too fast. Wait, then the same key again.
    Throttled { detail: String },
    /// Nobody was sent to: the request never left. The same key again.
    Transient { detail: String },
    /// Perhaps everybody was sent to. Only the same key and bytes may be sent, while the key is remembered.
    Ambiguous { detail: String },
}

impl Verdict {
    /// A stable name of the kind, for metrics and stored outcomes.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::RecipientInvalid { .. } => "recipient_invalid",
            Self::ContentRefused { .. } => "content_refused",
            Self::AccountRefused { .. } => "account_refused",
            Self::QuotaExceeded { .. } => "quota_exceeded",
            Self::Throttled { .. } => "throttled",
            Self::Transient { .. } => "transient",
            Self::Ambiguous { .. } => "ambiguous",
        }
    }

    /// Whether the same bytes may be sent again under the same key.
    pub fn may_be_repeated(&self) -> bool {
        match self {
            Self::QuotaExceeded { .. }
            | Self::Throttled { .. }
            | Self::Transient { .. }
            | Self::Ambiguous { .. } => true,
            Self::Accepted { .. }
            | Self::RecipientInvalid { .. }
            | Self::ContentRefused { .. }
            | Self::AccountRefused { .. } => false,
        }
    }
}
