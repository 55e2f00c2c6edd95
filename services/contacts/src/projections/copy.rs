use chrono::{DateTime, Utc};
use sqlx::PgTransaction;
use uuid::Uuid;

/// Signature, flags and the length of no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: i16 = -1;
/// Of most rows.
const ROW_BYTES: usize = 512;
const NULL: i32 = -1;
const UUID_OID: i32 = 2950;
const BIGINT_OID: i32 = 20;
/// What Postgres counts time from: 2000-01-01, in seconds of Unix.
const EPOCH_SECONDS: i64 = 946_684_800;

/// Rows as `COPY … (FORMAT binary)` takes them.
#[derive(Debug)]
pub(super) struct CopyRows {
    columns: i16,
    bytes: Vec<u8>,
}

impl CopyRows {
    /// Room for so many rows, without having to move them meanwhile.
    pub(super) fn new(columns: i16, rows: usize) -> Self {
        let mut bytes = Vec::with_capacity(rows * ROW_BYTES);
        bytes.extend_from_slice(HEADER);
        Self { columns, bytes }
    }

    /// Sends the rows, unless there are none.
    pub(super) async fn send(mut self, tx: &mut PgTransaction<'_>, copy: &str) -> sqlx::Result<()> {
        if self.bytes.len() == HEADER.len() {
            return Ok(());
        }
        self.bytes.extend_from_slice(&TRAILER.to_be_bytes());
        let mut copy = tx.copy_in_raw(copy).await?;
        copy.send(self.bytes).await?;
        copy.finish().await?;
        Ok(())
    }

    pub(super) fn begin_row(&mut self) {
        self.bytes.extend_from_slice(&self.columns.to_be_bytes());
    }

    pub(super) fn field(&mut self, bytes: &[u8]) {
        self.bytes
            .extend_from_slice(&len(bytes.len()).to_be_bytes());
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn optional(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.field(bytes),
            None => self.bytes.extend_from_slice(&NULL.to_be_bytes()),
        }
    }

    pub(super) fn time(&mut self, at: Option<DateTime<Utc>>) {
        let micros = at.map(|at| at.timestamp_micros() - EPOCH_SECONDS * 1_000_000);
        self.optional(
            micros
                .map(i64::to_be_bytes)
                .as_ref()
                .map(<[u8; 8]>::as_slice),
        );
    }

    pub(super) fn uuids(&mut self, ids: &[Uuid]) {
        self.array(UUID_OID, ids, |id| *id.as_bytes());
    }

    pub(super) fn bigints(&mut self, numbers: &[i64]) {
        self.array(BIGINT_OID, numbers, |number| number.to_be_bytes());
    }

    /// One dimension that counts from 1, without NULLs; none where there is nothing in it.
    fn array<T, const N: usize>(&mut self, oid: i32, items: &[T], bytes: impl Fn(&T) -> [u8; N]) {
        let dimensions = usize::from(!items.is_empty());
        let length = 12 + 8 * dimensions + (4 + N) * items.len();
        let mut numbers = vec![len(length), len(dimensions), 0, oid];
        if dimensions == 1 {
            numbers.extend([len(items.len()), 1]);
        }
        for number in numbers {
            self.bytes.extend_from_slice(&number.to_be_bytes());
        }
        for item in items {
            self.field(&bytes(item));
        }
    }
}

/// Postgres takes no field of 2 GiB, and refuses what says so.
fn len(len: usize) -> i32 {
    i32::try_from(len).unwrap_or(i32::MAX)
}
