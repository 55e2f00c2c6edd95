use events::{broadcasts::BroadcastDrafted, segment::Filter};

/// Whom a broadcast is for, as the log has it.
#[derive(Debug, Clone)]
pub enum Audience {
    /// A filter may name people, so that it is sealed with the team's key.
    Sealed {
        filter: Vec<u8>,
        /// Tells one filter from another: sealing is never twice the same.
        digest: Vec<u8>,
    },
    /// Of broadcasts from before filters were sealed.
    Clear(Filter),
}

impl PartialEq for Audience {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sealed { digest, .. }, Self::Sealed { digest: other, .. }) => digest == other,
            (Self::Clear(filter), Self::Clear(other)) => filter == other,
            (Self::Sealed { .. }, Self::Clear(_)) | (Self::Clear(_), Self::Sealed { .. }) => false,
        }
    }
}

impl From<&BroadcastDrafted> for Audience {
    fn from(event: &BroadcastDrafted) -> Self {
        if event.sealed_audience.is_empty() {
            Self::Clear(event.audience.clone().unwrap_or_default())
        } else {
            Self::Sealed {
                filter: event.sealed_audience.clone(),
                digest: event.audience_digest.clone(),
            }
        }
    }
}

impl Audience {
    /// The event's fields: in the clear, sealed, digest.
    pub(super) fn into_fields(self) -> (Option<Filter>, Vec<u8>, Vec<u8>) {
        match self {
            Self::Sealed { filter, digest } => (None, filter, digest),
            Self::Clear(filter) => (Some(filter), Vec::new(), Vec::new()),
        }
    }
}
