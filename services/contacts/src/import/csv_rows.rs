use contacts_domain::{ContactRow, RawRow, RawTags, RowRefusal, original_cell, parse_row};
use csv::{ByteRecord, ReaderBuilder, Terminator};
use events::common::Channel;

use super::{
    pieces::Pieces,
    rows::{FileError, Row},
};

/// Reads a CSV file row by row, in constant memory.
pub(crate) struct CsvRows {
    reader: csv::Reader<Pieces>,
    columns: Columns,
    record: ByteRecord,
}

/// Where each column stands in a row. `None`: the file has no such column.
#[derive(Debug, Default)]
struct Columns {
    count: usize,
    channel: Option<usize>,
    external_id: Option<usize>,
    display_name: Option<usize>,
    phone: Option<usize>,
    email: Option<usize>,
    member_number: Option<usize>,
    tags: Option<usize>,
    subscribed_at: Option<usize>,
    last_interaction_at: Option<usize>,
}

impl CsvRows {
    /// Reads the header row. A file with no byte in it has no rows either.
    pub(crate) fn open(pieces: Pieces) -> Result<Self, FileError> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            // Of CRLF the CR stays with the last field, and is trimmed there: the reader counts
            // lines wrongly if it takes both.
            .terminator(Terminator::Any(b'\n'))
            .from_reader(pieces);
        let mut record = ByteRecord::new();
        let columns = if read(&mut reader, &mut record)? {
            Columns::parse(&record)?
        } else {
            Columns::default()
        };
        Ok(Self {
            reader,
            columns,
            record,
        })
    }

    pub(crate) fn next(&mut self, channel: Channel) -> Result<Option<Row>, FileError> {
        loop {
            self.reader.get_mut().begin_row();
            if !read(&mut self.reader, &mut self.record)? {
                return Ok(None);
            }
            if !is_blank(&self.record) {
                return Ok(Some(Row {
                    line: self.line(),
                    parsed: self.parse(channel),
                }));
            }
        }
    }

    /// Where the present row begins: its own position is before the blank lines above it.
    fn line(&self) -> u64 {
        let after = self.reader.position().line();
        let within = self.record.as_slice().iter().filter(|&&byte| byte == b'\n');
        let lines = within.fold(1, |lines, _| lines + 1);
        after.saturating_sub(lines)
    }

    fn parse(&self, channel: Channel) -> Result<ContactRow, RowRefusal> {
        let columns = &self.columns;
        if self.record.len() != columns.count {
            return Err(RowRefusal::malformed(format!(
                "the row has {} fields and the header {}; put fields with commas in quotes",
                self.record.len(),
                columns.count,
            )));
        }
        let field = |column: Option<usize>| -> Result<&str, RowRefusal> {
            let bytes = column.and_then(|column| self.record.get(column));
            std::str::from_utf8(bytes.unwrap_or_default())
                // As exports write it, and spreadsheets.
                .map(original_cell)
                .map_err(|_| RowRefusal::malformed("the row is not UTF-8; save the file as UTF-8"))
        };
        let row = RawRow {
            channel: field(columns.channel)?,
            external_id: field(columns.external_id)?,
            display_name: field(columns.display_name)?,
            phone: field(columns.phone)?,
            email: field(columns.email)?,
            member_number: field(columns.member_number)?,
            tags: RawTags::Joined(field(columns.tags)?),
            subscribed_at: field(columns.subscribed_at)?,
            last_interaction_at: field(columns.last_interaction_at)?,
        };
        parse_row(&row, channel)
    }
}

impl Columns {
    fn parse(header: &ByteRecord) -> Result<Self, FileError> {
        let mut columns = Self {
            count: header.len(),
            ..Self::default()
        };
        for (place, name) in header.iter().enumerate() {
            let name = name.trim_ascii().to_ascii_lowercase();
            let column = match name.as_slice() {
                b"channel" => &mut columns.channel,
                b"external_id" => &mut columns.external_id,
                b"display_name" => &mut columns.display_name,
                b"phone" => &mut columns.phone,
                b"email" => &mut columns.email,
                b"member_no" => &mut columns.member_number,
                b"tags" => &mut columns.tags,
                b"subscribed_at" => &mut columns.subscribed_at,
                b"last_interaction_at" => &mut columns.last_interaction_at,
                // Exports have columns that are none of ours.
                _ => continue,
            };
            if column.replace(place).is_some() {
                return Err(FileError::ColumnTwice(
                    String::from_utf8_lossy(&name).into_owned(),
                ));
            }
        }
        if columns.external_id.is_none() {
            return Err(FileError::NoExternalId);
        }
        Ok(columns)
    }
}

fn is_blank(record: &ByteRecord) -> bool {
    record.len() == 1 && record.as_slice().trim_ascii().is_empty()
}

fn read(reader: &mut csv::Reader<Pieces>, record: &mut ByteRecord) -> Result<bool, FileError> {
    reader.read_byte_record(record).map_err(|error| {
        let line = reader.position().line();
        // A reader of bytes, and of rows of any length, fails for no other reason.
        match error.into_kind() {
            csv::ErrorKind::Io(error) => FileError::from_io(&error, line),
            csv::ErrorKind::Utf8 { .. }
            | csv::ErrorKind::UnequalLengths { .. }
            | csv::ErrorKind::Seek
            | csv::ErrorKind::Serialize(_)
            | csv::ErrorKind::Deserialize { .. }
            | _ => FileError::Interrupted,
        }
    })
}
