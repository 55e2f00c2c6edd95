use std::io;

use contacts_domain::{ContactRow, RowRefusal};
use events::common::Channel;
use ring::digest::{Context, SHA256};

use super::{columns::Mapping, csv_rows::CsvRows, jsonl_rows::JsonlRows, pieces::Pieces};

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
    #[error("the header row has no column external_id; add it, or say which column it is")]
    NoExternalId,
    #[error("the header row has no column {0:?}, which is mapped to a field")]
    NoColumn(String),
    #[error(
        "the header row has the column {0} twice, or two columns that mean the same; leave one out"
    )]
    ColumnTwice(String),
    #[error("the row in line {0} is too long; check whether a quote is left open")]
    RowTooLong(u64),
    #[error("the file has more than {0} rows; split it")]
    TooManyRows(usize),
    #[error("the file needs more tags than a team may have; delete some first")]
    TooManyTags,
    #[error("the file is not the one that the job began with; import it as another job")]
    Changed,
    #[error("the file ended before it was complete; import it again")]
    Interrupted,
    #[error("cannot look up the file's tags")]
    Internal(#[source] anyhow::Error),
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
pub(crate) struct Rows {
    form: Form,
    /// Of the header and all rows so far, whether they are taken or not.
    digest: Context,
    raw: Vec<u8>,
}

enum Form {
    Csv(Box<CsvRows>),
    Jsonl(JsonlRows),
}

impl Rows {
    pub(crate) fn open(
        format: Format,
        mapping: &Mapping,
        pieces: Pieces,
    ) -> Result<Self, FileError> {
        let form = match format {
            Format::Csv => Form::Csv(Box::new(CsvRows::open(pieces, mapping)?)),
            Format::Jsonl => Form::Jsonl(JsonlRows::open(pieces, mapping)),
        };
        let mut rows = Self {
            form,
            digest: Context::new(&SHA256),
            raw: Vec::new(),
        };
        // The header row says what the others mean.
        if let Form::Csv(form) = &rows.form {
            form.raw(&mut rows.raw);
            rows.add_to_digest();
        }
        Ok(rows)
    }

    pub(crate) fn next(&mut self, channel: Channel) -> Result<Option<Row>, FileError> {
        self.raw.clear();
        let row = match &mut self.form {
            Form::Csv(rows) => {
                let row = rows.next(channel)?;
                rows.raw(&mut self.raw);
                row
            }
            Form::Jsonl(rows) => {
                let row = rows.next(channel)?;
                rows.raw(&mut self.raw);
                row
            }
        };
        if row.is_some() {
            self.add_to_digest();
        }
        Ok(row)
    }

    fn add_to_digest(&mut self) {
        self.digest.update(&self.raw);
        self.digest.update(&self.raw.len().to_be_bytes());
    }

    /// SHA-256 of what was read so far.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut digest = [0; 32];
        digest.copy_from_slice(self.digest.clone().finish().as_ref());
        digest
    }
}
