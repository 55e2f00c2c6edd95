/// Why a row of a file was not imported, and what its owner can do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RowRefusal {
    pub reason: RefusalReason,
    /// The field that is wrong, by its name in files. Empty: the row as a whole.
    pub field: &'static str,
    /// For people. Never repeats the row's personal data.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalReason {
    InvalidExternalId,
    OtherChannel,
    DuplicateRow,
    MalformedRow,
    InvalidTime,
    TooLong,
}

impl RefusalReason {
    /// For machines. Part of the public contract, so never renamed.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidExternalId => "INVALID_EXTERNAL_ID",
            Self::OtherChannel => "OTHER_CHANNEL",
            Self::DuplicateRow => "DUPLICATE_ROW",
            Self::MalformedRow => "MALFORMED_ROW",
            Self::InvalidTime => "INVALID_TIME",
            Self::TooLong => "TOO_LONG",
        }
    }
}

impl RowRefusal {
    #[must_use]
    pub fn new(reason: RefusalReason, field: &'static str, message: impl Into<String>) -> Self {
        Self {
            reason,
            field,
            message: message.into(),
        }
    }

    /// The same person stands in an earlier line.
    #[must_use]
    pub fn duplicate(first_line: u64) -> Self {
        Self::new(
            RefusalReason::DuplicateRow,
            "external_id",
            format!("line {first_line} has the same external_id; keep one of the two"),
        )
    }

    #[must_use]
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(RefusalReason::MalformedRow, "", message)
    }
}
