use std::io;

use contacts_domain::{ContactRow, RowRefusal};
use events::common::Channel;

use super::{csv_rows::CsvRows, jsonl_rows::JsonlRows, pieces::Pieces};

/// A row of a file, taken or refused.
pub(crate) struct Row {
    /// Where it begins, from 1.
    pub(crate) line: u64,
    pub(crate) parsed: Result<ContactRow, RowRefusal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Jsonl,
}

/// Why a file can't be read on. What came before has been imported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("the header row has no column external_id; add it")]
    NoExternalId,
    #[error("the header row has the column {0} twice; remove one")]
    ColumnTwice(String),
    #[error("the row in line {0} is too long; check whether a quote is left open")]
    RowTooLong(u64),
    #[error("the file has more than {0} rows; split it")]
    TooManyRows(usize),
    #[error("the file ended before it was complete; import it again")]
    Interrupted,
}

impl FileError {
    pub(crate) fn from_io(error: &io::Error, line: u64) -> Self {
        if error.kind() == io::ErrorKind::FileTooLarge {
            Self::RowTooLong(line)
        } else {
            Self::Interrupted
        }
    }
}

/// The rows of a file of either format.
pub(crate) enum Rows {
    Csv(Box<CsvRows>),
    Jsonl(JsonlRows),
}

impl Rows {
    pub(crate) fn open(format: Format, pieces: Pieces) -> Result<Self, FileError> {
        match format {
            Format::Csv => Ok(Self::Csv(Box::new(CsvRows::open(pieces)?))),
            Format::Jsonl => Ok(Self::Jsonl(JsonlRows::open(pieces))),
        }
    }

    pub(crate) fn next(&mut self, channel: Channel) -> Result<Option<Row>, FileError> {
        match self {
            Self::Csv(rows) => rows.next(channel),
            Self::Jsonl(rows) => rows.next(channel),
        }
    }
}
