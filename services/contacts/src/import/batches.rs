use std::collections::{HashMap, hash_map::Entry};

use contacts_domain::{ContactRow, RowRefusal};
use event_bus::ConsistencyToken;
use events::common::Channel;
use proto::contacts::v1::RefusedRow;
use tokio::sync::mpsc;
use uuid::Uuid;
use vault::LookupKey;

use super::{
    columns::Mapping,
    pieces::Pieces,
    rows::{FileError, Format, Row, Rows},
    tag_names::TagNames,
};
use crate::sealing::{Fingerprints, row_digest};

/// Rows that are written together.
const BATCH_ROWS: usize = 5_000;
/// Each row that is taken costs some bytes of memory until the import ends.
const ROWS_MAX: usize = 5_000_000;

/// Consecutive rows of a file.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) rows: Vec<TakenRow>,
    pub(crate) refused: Vec<RefusedRow>,
    /// Refused by an earlier try of the job already, and counted then.
    pub(crate) refused_before: Vec<RefusedRow>,
    /// HMAC, under the team's look-up key, of the file up to the last of these rows.
    pub(crate) file_digest: Vec<u8>,
    /// After their tags were created.
    pub(crate) token: ConsistencyToken,
}

#[derive(Debug)]
pub(crate) struct TakenRow {
    pub(crate) row: ContactRow,
    /// Of its tags, sorted.
    pub(crate) tag_ids: Vec<Uuid>,
    pub(crate) fingerprints: Fingerprints,
    /// Of all that the row says.
    pub(crate) digest: [u8; 32],
}

/// Where and how a file is read.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) account_id: Uuid,
    pub(crate) channel: Channel,
    pub(crate) format: Format,
    pub(crate) mapping: Mapping,
    pub(crate) keeps_tags: bool,
    pub(crate) lookup: LookupKey,
    pub(crate) tags: TagNames,
    pub(crate) before: Before,
}

/// What an earlier try of the same job has dealt with.
#[derive(Debug, Default)]
pub(crate) struct Before {
    pub(crate) rows: i64,
    pub(crate) file_digest: Option<Vec<u8>>,
    /// Of all the file.
    pub(crate) was_done: bool,
}

/// Reads a file to its end, for a thread that may block. Stops early when nobody takes the batches.
pub(crate) fn read_batches(
    reading: Reading,
    pieces: Pieces,
    batches: &mpsc::Sender<Result<Batch, FileError>>,
) {
    // Sending fails when the caller is gone, and so is the import.
    let _: Result<(), Gone> = match Reader::open(reading, pieces) {
        Ok(reader) => send_all(reader, batches),
        Err(error) => send(batches, Err(error)),
    };
}

struct Gone;

fn send_all(
    mut reader: Reader,
    batches: &mpsc::Sender<Result<Batch, FileError>>,
) -> Result<(), Gone> {
    loop {
        match reader.skip() {
            Ok(Some(batch)) => send(batches, Ok(batch))?,
            Ok(None) => break,
            Err(error) => return send(batches, Err(error)),
        }
    }
    loop {
        let mut batch = Batch {
            rows: Vec::with_capacity(BATCH_ROWS),
            ..Batch::default()
        };
        let filled = reader.fill(&mut batch);
        let is_last = batch.len() < BATCH_ROWS;
        if batch.len() > 0 {
            match reader.complete(batch) {
                Ok(batch) => send(batches, Ok(batch))?,
                Err(error) => return send(batches, Err(error)),
            }
        }
        if let Err(error) = filled {
            return send(batches, Err(error));
        }
        if is_last {
            return Ok(());
        }
    }
}

fn send(
    batches: &mpsc::Sender<Result<Batch, FileError>>,
    batch: Result<Batch, FileError>,
) -> Result<(), Gone> {
    batches.blocking_send(batch).map_err(|_| Gone)
}

impl Batch {
    /// Rows that nobody has dealt with before.
    pub(crate) fn len(&self) -> usize {
        self.rows.len() + self.refused.len()
    }
}

struct Reader {
    reading: Reading,
    rows: Rows,
    /// Rows that were passed over.
    skipped: i64,
    /// Where each person stands, by the start of their identity: a MAC, so that nobody can make two
    /// people share one.
    lines: HashMap<u64, u64>,
}

impl Reader {
    fn open(reading: Reading, pieces: Pieces) -> Result<Self, FileError> {
        let rows = Rows::open(reading.format, &reading.mapping, pieces)?;
        Ok(Self {
            reading,
            rows,
            skipped: 0,
            lines: HashMap::new(),
        })
    }

    /// Passes over what an earlier try has dealt with, some refused rows at a time, and makes sure that it
    /// was this file. `None`: all is passed over.
    fn skip(&mut self) -> Result<Option<Batch>, FileError> {
        let file_digest = self.reading.before.file_digest.clone();
        let mut batch = Batch {
            file_digest: file_digest.clone().unwrap_or_default(),
            ..Batch::default()
        };
        while self.skipped < self.reading.before.rows {
            if batch.refused_before.len() == BATCH_ROWS {
                return Ok(Some(batch));
            }
            let Some(row) = self.rows.next(self.reading.channel)? else {
                return Err(FileError::Changed);
            };
            self.skipped += 1;
            let line = row.line;
            if let Err(refusal) = self.take(row)? {
                batch.refused_before.push(self.refused(line, refusal));
            }
        }
        if !batch.refused_before.is_empty() {
            return Ok(Some(batch));
        }
        if file_digest.is_some_and(|digest| digest != self.file_digest()) {
            return Err(FileError::Changed);
        }
        // Of a job that is done there is nothing left: a file that has grown is another.
        if self.reading.before.was_done && self.rows.next(self.reading.channel)?.is_some() {
            return Err(FileError::Changed);
        }
        Ok(None)
    }

    /// Leaves the batch short at the end of the file, and where it can't be read on.
    fn fill(&mut self, batch: &mut Batch) -> Result<(), FileError> {
        while batch.len() < BATCH_ROWS {
            let Some(row) = self.rows.next(self.reading.channel)? else {
                break;
            };
            let line = row.line;
            match self.take(row)? {
                Ok(row) => batch.rows.push(row),
                Err(refusal) => batch.refused.push(self.refused(line, refusal)),
            }
        }
        Ok(())
    }

    fn complete(&mut self, mut batch: Batch) -> Result<Batch, FileError> {
        batch.file_digest = self.file_digest();
        self.reading.tags.resolve(&mut batch.rows)?;
        batch.token = self.reading.tags.token.clone();
        let (lookup, keeps_tags) = (&self.reading.lookup, self.reading.keeps_tags);
        for row in &mut batch.rows {
            row.digest = row_digest(lookup, &row.row, &row.tag_ids, keeps_tags);
        }
        Ok(batch)
    }

    fn file_digest(&self) -> Vec<u8> {
        self.reading.lookup.digest(&self.rows.digest()).to_vec()
    }

    fn take(&mut self, row: Row) -> Result<Result<TakenRow, RowRefusal>, FileError> {
        let parsed = match row.parsed {
            Ok(parsed) => parsed,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let lookup = &self.reading.lookup;
        let fingerprints = Fingerprints::new(lookup, self.reading.account_id, &parsed);
        match self.lines.entry(fingerprints.short_identity()) {
            Entry::Occupied(first) => return Ok(Err(RowRefusal::duplicate(*first.get()))),
            Entry::Vacant(place) => place.insert(row.line),
        };
        if self.lines.len() > ROWS_MAX {
            return Err(FileError::TooManyRows(ROWS_MAX));
        }
        Ok(Ok(TakenRow {
            row: parsed,
            tag_ids: Vec::new(),
            fingerprints,
            digest: [0; 32],
        }))
    }

    fn refused(&self, line: u64, refusal: RowRefusal) -> RefusedRow {
        RefusedRow {
            line: i64::try_from(line).unwrap_or(i64::MAX),
            column: self.reading.mapping.column(refusal.field).to_owned(),
            reason: refusal.reason.code().to_owned(),
            message: refusal.message,
        }
    }
}
