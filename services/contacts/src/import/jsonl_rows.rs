use std::io::{BufRead as _, BufReader};

use contacts_domain::{ContactRow, RawRow, RawTags, RowRefusal, parse_row};
use events::common::Channel;

use super::{
    columns::Mapping,
    json_object::parse_object,
    pieces::Pieces,
    rows::{FileError, Row},
};

/// Reads a file of one JSON object a line, in constant memory.
pub(crate) struct JsonlRows {
    reader: BufReader<Pieces>,
    mapping: Mapping,
    line: Vec<u8>,
    line_number: u64,
}

impl JsonlRows {
    pub(crate) fn open(pieces: Pieces, mapping: &Mapping) -> Self {
        Self {
            reader: BufReader::new(pieces),
            mapping: mapping.clone(),
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
            let line = self.line.trim_ascii();
            if !line.is_empty() {
                return Ok(Some(Row {
                    line: self.line_number,
                    parsed: parse(line, &self.mapping, channel),
                }));
            }
        }
    }

    /// The present row as bytes that are the same for the same row, and different for any other.
    pub(crate) fn raw(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.line.trim_ascii());
    }
}

fn parse(line: &[u8], mapping: &Mapping, channel: Channel) -> Result<ContactRow, RowRefusal> {
    let object = parse_object(line, mapping).map_err(|column| {
        RowRefusal::malformed(format!(
            "the line is not an object of texts, with tags as an array, each key once; look at column {column}",
        ))
    })?;
    let row = RawRow {
        channel: &object.channel,
        external_id: &object.external_id,
        display_name: &object.display_name,
        phone: &object.phone,
        email: &object.email,
        member_number: &object.member_number,
        tags: RawTags::List(&object.tags),
        subscribed_at: &object.subscribed_at,
        last_interaction_at: &object.last_interaction_at,
    };
    parse_row(&row, channel)
}
