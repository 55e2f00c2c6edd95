use std::collections::{HashMap, hash_map::Entry};

use contacts_domain::{ContactRow, RowRefusal};
use events::common::Channel;
use proto::contacts::v1::RefusedRow;
use tokio::sync::mpsc;
use uuid::Uuid;
use vault::LookupKey;

use super::{
    pieces::Pieces,
    rows::{FileError, Format, Row, Rows},
};
use crate::sealing::Fingerprints;

/// Rows that are written together.
const BATCH_ROWS: usize = 5_000;
/// Each row that is taken costs some bytes of memory until the import ends.
const ROWS_MAX: usize = 5_000_000;

/// Consecutive rows of a file.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) rows: Vec<TakenRow>,
    pub(crate) refused: Vec<RefusedRow>,
}

#[derive(Debug)]
pub(crate) struct TakenRow {
    pub(crate) row: ContactRow,
    pub(crate) fingerprints: Fingerprints,
}

/// Where and how a file is read.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) account_id: Uuid,
    pub(crate) channel: Channel,
    pub(crate) format: Format,
    pub(crate) lookup: LookupKey,
}

/// Reads a file to its end, for a thread that may block. Stops early when nobody takes the batches.
pub(crate) fn read_batches(
    reading: &Reading,
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
    mut reader: Reader<'_>,
    batches: &mpsc::Sender<Result<Batch, FileError>>,
) -> Result<(), Gone> {
    loop {
        let mut batch = Batch::default();
        let filled = reader.fill(&mut batch);
        let is_last = batch.len() < BATCH_ROWS;
        if batch.len() > 0 {
            send(batches, Ok(batch))?;
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
    pub(crate) fn len(&self) -> usize {
        self.rows.len() + self.refused.len()
    }
}

struct Reader<'a> {
    reading: &'a Reading,
    rows: Rows,
    /// Where each person stands, by the start of their identity: a MAC, so that nobody can make two
    /// people share one.
    lines: HashMap<u64, u64>,
}

impl<'a> Reader<'a> {
    fn open(reading: &'a Reading, pieces: Pieces) -> Result<Self, FileError> {
        Ok(Self {
            reading,
            rows: Rows::open(reading.format, pieces)?,
            lines: HashMap::new(),
        })
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
                Err(refusal) => batch.refused.push(RefusedRow {
                    line: i64::try_from(line).unwrap_or(i64::MAX),
                    reason: refusal.reason.code().to_owned(),
                    message: refusal.message,
                }),
            }
        }
        Ok(())
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
            fingerprints,
        }))
    }
}
