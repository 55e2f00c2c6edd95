use super::RECIPIENTS_MAX;

/// Why a chunk refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    #[error("the chunk does not exist")]
    NotFound,
    #[error("the chunk was stored with other content")]
    AlreadyStored,
    #[error("a chunk is of 1 to {RECIPIENTS_MAX} contacts, not {0}")]
    ContactCount(usize),
    #[error("a contact is in the chunk twice")]
    DuplicateContact,
    #[error("window {0} is open")]
    WindowOpen(u32),
    #[error("window {0} is not open")]
    WindowNotOpen(u32),
    #[error("window {0} was settled otherwise")]
    SettledOtherwise(u32),
    #[error("everyone in the chunk has an outcome")]
    NobodyLeft,
    #[error("a window is for somebody")]
    NoRecipients,
    #[error("somebody in the window has an outcome already, or is not in the chunk")]
    RecipientsNotFree,
    #[error("the retry key was used for another window")]
    RetryKeyUsed,
    #[error("an outcome is for somebody in the window who has no other")]
    OutcomeRecipients,
}
