use contacts_domain::{ContactRow, RawRow, RawTags, RowRefusal, original_cell, parse_row};
use csv::{ByteRecord, ReaderBuilder, Terminator};
use events::common::Channel;

use super::{
    columns::{Field, Mapping},
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
    pub(crate) fn open(mut pieces: Pieces, mapping: &Mapping) -> Result<Self, FileError> {
        pieces.begin_row();
        let header = pieces.peek_line();
        let delimiter = delimiter(header.map_err(|error| FileError::from_io(&error, 1))?);
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            // Of CRLF the CR stays with the last field, and is trimmed there: the reader counts
            // lines wrongly if it takes both.
            .terminator(Terminator::Any(b'\n'))
            .from_reader(pieces);
        let mut record = ByteRecord::new();
        let columns = if read(&mut reader, &mut record)? {
            Columns::parse(&record, mapping)?
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

    /// The present row as bytes that are the same for the same row, and different for any other.
    pub(crate) fn raw(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.record.as_slice());
        for field in &self.record {
            bytes.extend_from_slice(&field.len().to_be_bytes());
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
                .map_err(|_| {
                    RowRefusal::malformed(
                        "the row has characters that are none in the file's encoding; save the file as UTF-8",
                    )
                })
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
    fn parse(header: &ByteRecord, mapping: &Mapping) -> Result<Self, FileError> {
        let names: Vec<String> = header
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim().to_owned())
            .collect();
        if let Some(missing) = mapping.missing(&names) {
            return Err(FileError::NoColumn(missing.to_owned()));
        }
        let mut columns = Self {
            count: header.len(),
            ..Self::default()
        };
        for (place, name) in names.into_iter().enumerate() {
            // Exports have columns that are none of ours.
            if let Some(field) = mapping.field(&name)
                && columns.of(field).replace(place).is_some()
            {
                return Err(FileError::ColumnTwice(name));
            }
        }
        if columns.external_id.is_none() {
            return Err(FileError::NoExternalId);
        }
        Ok(columns)
    }

    fn of(&mut self, field: Field) -> &mut Option<usize> {
        match field {
            Field::Channel => &mut self.channel,
            Field::ExternalId => &mut self.external_id,
            Field::DisplayName => &mut self.display_name,
            Field::Phone => &mut self.phone,
            Field::Email => &mut self.email,
            Field::MemberNumber => &mut self.member_number,
            Field::Tags => &mut self.tags,
            Field::SubscribedAt => &mut self.subscribed_at,
            Field::LastInteractionAt => &mut self.last_interaction_at,
        }
    }
}

/// What separates the names of a header, outside quotes: a comma, unless it has more of another.
fn delimiter(header: &[u8]) -> u8 {
    let mut best = (b',', 0);
    for candidate in [b',', b';', b'\t'] {
        let (mut quoted, mut count) = (false, 0);
        for byte in header {
            quoted ^= *byte == b'"';
            count += usize::from(!quoted && *byte == candidate);
        }
        if count > best.1 {
            best = (candidate, count);
        }
    }
    best.0
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
