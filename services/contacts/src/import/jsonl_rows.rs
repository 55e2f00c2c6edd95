use std::{
    borrow::Cow,
    io::{BufRead as _, BufReader},
};

use contacts_domain::{ContactRow, RawRow, RawTags, RowRefusal, parse_row};
use events::common::Channel;
use serde::Deserialize;

use super::{
    pieces::Pieces,
    rows::{FileError, Row},
};

const UTF8_BOM: &[u8] = "\u{feff}".as_bytes();

/// Reads a file of one JSON object a line, in constant memory.
pub(crate) struct JsonlRows {
    reader: BufReader<Pieces>,
    line: Vec<u8>,
    line_number: u64,
}

/// A key that is left out, or null, is empty.
#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow, default)]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    external_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    display_name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    phone: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    email: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    member_no: Option<Cow<'a, str>>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(borrow, default)]
    subscribed_at: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    last_interaction_at: Option<Cow<'a, str>>,
}

impl JsonlRows {
    pub(crate) fn open(pieces: Pieces) -> Self {
        Self {
            reader: BufReader::new(pieces),
            line: Vec::new(),
            line_number: 0,
        }
    }

    /// Skips blank lines, such as the last one.
    pub(crate) fn next(&mut self, channel: Channel) -> Result<Option<Row>, FileError> {
        loop {
            self.reader.get_mut().begin_row();
            self.line.clear();
            self.line_number += 1;
            let read = self
                .reader
                .read_until(b'\n', &mut self.line)
                .map_err(|error| FileError::from_io(&error, self.line_number))?;
            if read == 0 {
                return Ok(None);
            }
            let mut line = self.line.as_slice();
            if self.line_number == 1 {
                line = line.strip_prefix(UTF8_BOM).unwrap_or(line);
            }
            let line = line.trim_ascii();
            if !line.is_empty() {
                return Ok(Some(Row {
                    line: self.line_number,
                    parsed: parse(line, channel),
                }));
            }
        }
    }
}

fn parse(line: &[u8], channel: Channel) -> Result<ContactRow, RowRefusal> {
    let malformed = |column: usize| {
        RowRefusal::malformed(format!(
            "the line is not an object of texts, with tags as an array; look at column {column}",
        ))
    };
    // Fields in an array would be taken as well.
    if !line.starts_with(b"{") {
        return Err(malformed(1));
    }
    let object: Object<'_> =
        serde_json::from_slice(line).map_err(|error| malformed(error.column()))?;
    let row = RawRow {
        channel: object.channel.as_deref().unwrap_or_default(),
        external_id: object.external_id.as_deref().unwrap_or_default(),
        display_name: object.display_name.as_deref().unwrap_or_default(),
        phone: object.phone.as_deref().unwrap_or_default(),
        email: object.email.as_deref().unwrap_or_default(),
        member_number: object.member_no.as_deref().unwrap_or_default(),
        tags: RawTags::List(object.tags.as_deref().unwrap_or_default()),
        subscribed_at: object.subscribed_at.as_deref().unwrap_or_default(),
        last_interaction_at: object.last_interaction_at.as_deref().unwrap_or_default(),
    };
    parse_row(&row, channel)
}
