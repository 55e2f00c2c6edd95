//! What files are read as, however they are cut into pieces.

use encoding_rs::BIG5;
use events::common::Channel;
use tokio::sync::mpsc;

use super::{
    columns::{Field, Mapping},
    pieces::{Piece, Pieces},
    rows::{FileError, Format, Rows},
    text::TextEncoding,
};

const A: &str = "U0000000000000000000000000000000a";
const B: &str = "U0000000000000000000000000000000b";

#[test]
fn columns_stand_in_any_order_and_may_be_others() {
    let file = format!("tags,shoe size,External_ID,display_name\nvip|new,44,{A},\"Lin, Mei\"\n");
    let rows = read(Format::Csv, file.as_bytes()).expect("readable");
    assert_eq!(rows, [(2, Ok((A.to_owned(), "Lin, Mei".to_owned(), 2)))]);
}

#[test]
fn a_byte_order_mark_and_crlf_change_nothing() {
    let plain = format!("external_id,display_name\n{A},Mei\n{B},\"two\nlines\"\n{A},Mei\n");
    let dressed = format!("\u{feff}{}", plain.replace('\n', "\r\n"));
    let lines = |file: &str| -> Vec<u64> {
        let rows = read(Format::Csv, file.as_bytes()).expect("readable");
        rows.into_iter().map(|(line, _)| line).collect()
    };
    assert_eq!(lines(&plain), [2, 3, 5]);
    assert_eq!(lines(&dressed), [2, 3, 5]);
}

#[test]
fn blank_lines_are_skipped_and_counted() {
    let csv = format!("external_id\n\n{A}\n\r\n\r\n{B}");
    assert_eq!(lines_and_ids(Format::Csv, &csv), [(3, A), (6, B)]);
    let jsonl = format!("\u{feff}{{\"external_id\":\"{A}\"}}\r\n\r\n {{\"external_id\":\"{B}\"}}");
    assert_eq!(lines_and_ids(Format::Jsonl, &jsonl), [(1, A), (3, B)]);
}

#[test]
fn an_object_may_leave_out_keys_and_have_others() {
    let file = format!(
        "{{\"external_id\":\"{A}\",\"display_name\":\"M\\u0065i\",\"tags\":[\"a\",\"b\"],\"phone\":null,\"x\":1}}\n"
    );
    let rows = read(Format::Jsonl, file.as_bytes()).expect("readable");
    assert_eq!(rows, [(1, Ok((A.to_owned(), "Mei".to_owned(), 2)))]);
}

#[test]
fn a_bad_row_does_not_spoil_the_next() {
    let csv = format!("external_id,phone\n{A}\n{A},1,2\n{A},\u{0}\n{B},1\n");
    let mut csv = csv.into_bytes();
    csv.extend_from_slice(b"\xff,1\n");
    assert_eq!(
        codes(Format::Csv, &csv),
        [
            "MALFORMED_ROW",
            "MALFORMED_ROW",
            "MALFORMED_ROW",
            "",
            "MALFORMED_ROW"
        ]
    );

    let jsonl = format!("{{\n[]\n{{\"external_id\":1}}\n{{\"external_id\":\"{B}\"}}\n");
    assert_eq!(
        codes(Format::Jsonl, jsonl.as_bytes()),
        ["MALFORMED_ROW", "MALFORMED_ROW", "MALFORMED_ROW", ""]
    );
}

#[test]
fn a_file_that_is_cut_anywhere_reads_the_same() {
    let file = format!("external_id,display_name\r\n{A},\"Lin, \"\"Mei\"\"\"\r\n{B},字\r\n");
    let whole = read(Format::Csv, file.as_bytes()).expect("readable");
    for size in 1..file.len() {
        let pieces = file.as_bytes().chunks(size);
        let cut = read_pieces(Format::Csv, pieces, true).expect("readable");
        assert_eq!(cut, whole, "pieces of {size} bytes");
    }
}

#[test]
fn a_header_without_external_id_is_an_error() {
    assert!(matches!(
        read(Format::Csv, b"a,b\n1,2\n"),
        Err(FileError::NoExternalId)
    ));
    let twice = read(Format::Csv, b"external_id,EXTERNAL_ID\n");
    assert!(matches!(twice, Err(FileError::ColumnTwice(_))));
}

#[test]
fn a_quote_that_is_left_open_does_not_swallow_the_file() {
    let mut csv = format!("external_id,display_name\n{A},\"").into_bytes();
    csv.resize(10_000_000, b'x');
    assert!(matches!(
        read(Format::Csv, &csv),
        Err(FileError::RowTooLong(_))
    ));

    let jsonl = vec![b'x'; 10_000_000];
    assert!(matches!(
        read(Format::Jsonl, &jsonl),
        Err(FileError::RowTooLong(1))
    ));
}

#[test]
fn a_caller_that_vanishes_is_not_the_end_of_the_file() {
    let file = format!("external_id\n{A}\n");
    for format in [Format::Csv, Format::Jsonl] {
        let cut_off = read_pieces(format, [file.as_bytes()], false);
        assert!(matches!(cut_off, Err(FileError::Interrupted)), "{format:?}");
    }
}

#[test]
fn an_empty_file_has_no_rows() {
    assert_eq!(read(Format::Csv, b"").expect("readable"), []);
    assert_eq!(read(Format::Jsonl, b"").expect("readable"), []);
}

/// Files as Excel for Traditional Chinese writes them.
#[test]
fn a_file_is_read_in_the_encoding_that_it_is_in() {
    let file = format!("external_id,display_name,tags\r\n{A},王小明,常客|新\r\n{B},許功蓋,\r\n");
    let expected = [
        (2, Ok((A.to_owned(), "王小明".to_owned(), 2))),
        (3, Ok((B.to_owned(), "許功蓋".to_owned(), 0))),
    ];
    let (big5, _, unmappable) = BIG5.encode(&file);
    assert!(!unmappable);
    // The second byte of these is a backslash.
    assert!(big5.contains(&b'\\'));
    let utf16: Vec<u8> = file.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16be: Vec<u8> = file.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let files: [(TextEncoding, Vec<u8>); 8] = [
        (TextEncoding::Detected, file.clone().into_bytes()),
        (
            TextEncoding::Detected,
            [b"\xef\xbb\xbf", file.as_bytes()].concat(),
        ),
        (TextEncoding::Detected, big5.to_vec()),
        (
            TextEncoding::Detected,
            [b"\xff\xfe", utf16.as_slice()].concat(),
        ),
        (
            TextEncoding::Detected,
            [b"\xfe\xff", utf16be.as_slice()].concat(),
        ),
        (TextEncoding::Big5, big5.to_vec()),
        (TextEncoding::Utf16Le, utf16),
        (
            TextEncoding::Utf8,
            [b"\xef\xbb\xbf", file.as_bytes()].concat(),
        ),
    ];
    for (encoding, bytes) in files {
        for size in [1, 2, 3, 7, bytes.len()] {
            let pieces = bytes.chunks(size);
            let rows = read_as(Format::Csv, encoding, &Mapping::default(), pieces, true);
            assert_eq!(
                rows.expect("readable"),
                expected,
                "{encoding:?}, pieces of {size}"
            );
        }
    }
}

#[test]
fn a_long_file_is_told_apart_by_its_beginning() {
    let rows = (0..20_000).map(|person| format!("U{person:032x},王小明\n"));
    let header = "external_id,display_name\n".to_owned();
    let file: String = std::iter::once(header).chain(rows).collect();
    let (big5, ..) = BIG5.encode(&file);
    let read_big5 = read(Format::Csv, &big5).expect("readable");
    assert_eq!(
        read_big5,
        read(Format::Csv, file.as_bytes()).expect("readable")
    );
    assert_eq!(read_big5.len(), 20_000);
}

#[test]
fn a_row_that_is_no_text_is_refused_alone() {
    let (text, ..) = BIG5.encode("external_id,display_name\n");
    let (mei, ..) = BIG5.encode("王小明");
    let row = |id: &str, name: &[u8]| [id.as_bytes(), b",", name, b"\n"].concat();
    let big5 = [text.to_vec(), row(A, b"\x81\x21"), row(B, &mei)].concat();
    let rows = read_as(
        Format::Csv,
        TextEncoding::Big5,
        &Mapping::default(),
        [big5.as_slice()],
        true,
    );
    let rows = rows.expect("readable");
    assert_eq!(rows[0].1, Err("MALFORMED_ROW"));
    assert_eq!(rows[1], (3, Ok((B.to_owned(), "王小明".to_owned(), 0))));
}

#[test]
fn columns_may_be_separated_by_semicolons_and_tabs() {
    for separator in [";", "\t"] {
        let file = format!("\"external_id\",display\n{A},Mei\n").replace(',', separator);
        let rows = read(Format::Csv, file.as_bytes()).expect("readable");
        assert_eq!(rows, [(2, Ok((A.to_owned(), String::new(), 0)))]);
    }
    let quoted = format!("external_id,\"a;b;c\",display_name\n{A},x,Mei\n");
    assert_eq!(
        read(Format::Csv, quoted.as_bytes()).expect("readable"),
        [(2, Ok((A.to_owned(), "Mei".to_owned(), 0)))]
    );
}

#[test]
fn columns_mean_what_they_are_mapped_to() {
    let mapping = mapping(&[
        ("LINE ID", Some(Field::ExternalId)),
        ("姓名", Some(Field::DisplayName)),
        ("tags", None),
    ]);
    let csv = format!("line id,姓名 ,tags\n{A},Mei,a|b\n");
    let jsonl = format!("{{\"LINE ID\":\"{A}\",\"姓名\":\"Mei\",\"tags\":7}}\n");
    for (format, file) in [(Format::Csv, csv), (Format::Jsonl, jsonl)] {
        let pieces = [file.as_bytes()];
        let rows = read_as(format, TextEncoding::Detected, &mapping, pieces, true);
        let mei = Ok((A.to_owned(), "Mei".to_owned(), 0));
        let line = if format == Format::Csv { 2 } else { 1 };
        assert_eq!(rows.expect("readable"), [(line, mei)]);
    }
}

#[test]
fn a_mapping_that_does_not_fit_is_an_error() {
    let read_mapped = |mapping: &Mapping, file: &str| {
        let pieces = [file.as_bytes()];
        read_as(Format::Csv, TextEncoding::Detected, mapping, pieces, true)
    };
    let name = mapping(&[("name", Some(Field::DisplayName))]);
    assert!(matches!(
        read_mapped(&name, "external_id\n"),
        Err(FileError::NoColumn(column)) if column == "name"
    ));
    assert!(matches!(
        read_mapped(&name, "external_id,name,display_name\n"),
        Err(FileError::ColumnTwice(column)) if column == "display_name"
    ));
    let hidden = mapping(&[("external_id", None)]);
    assert!(matches!(
        read_mapped(&hidden, "external_id\n"),
        Err(FileError::NoExternalId)
    ));
}

fn mapping(columns: &[(&str, Option<Field>)]) -> Mapping {
    let mut mapping = Mapping::default();
    for (column, field) in columns {
        assert!(mapping.add(column, *field));
    }
    mapping
}

/// A row's line, and its external id, name and number of tags, or why it is refused.
type ReadRow = (u64, Result<(String, String, usize), &'static str>);

fn read(format: Format, file: &[u8]) -> Result<Vec<ReadRow>, FileError> {
    read_pieces(format, file.chunks(1_000), true)
}

fn read_pieces<'a>(
    format: Format,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    complete: bool,
) -> Result<Vec<ReadRow>, FileError> {
    let encoding = TextEncoding::Detected;
    read_as(format, encoding, &Mapping::default(), pieces, complete)
}

fn read_as<'a>(
    format: Format,
    encoding: TextEncoding,
    mapping: &Mapping,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    complete: bool,
) -> Result<Vec<ReadRow>, FileError> {
    let (sender, incoming) = mpsc::channel(100_000);
    for piece in pieces {
        let piece = Piece::Data(piece.to_vec());
        sender.try_send(piece).expect("room for all pieces");
    }
    if complete {
        sender.try_send(Piece::End).expect("room for all pieces");
    }
    drop(sender);

    let mut rows = Rows::open(format, mapping, Pieces::new(incoming, encoding))?;
    let mut read = Vec::new();
    while let Some(row) = rows.next(Channel::Line)? {
        let parsed = row.parsed.map(|row| {
            let id = row.external_id.as_str().to_owned();
            (id, row.profile.display_name, row.tags.len())
        });
        read.push((row.line, parsed.map_err(|refusal| refusal.reason.code())));
    }
    Ok(read)
}

fn lines_and_ids(format: Format, file: &str) -> Vec<(u64, &'static str)> {
    let rows = read(format, file.as_bytes()).expect("readable");
    rows.into_iter()
        .map(|(line, parsed)| match parsed {
            Ok((id, ..)) if id == A => (line, A),
            Ok((id, ..)) if id == B => (line, B),
            Ok(_) | Err(_) => (line, ""),
        })
        .collect()
}

fn codes(format: Format, file: &[u8]) -> Vec<&'static str> {
    let rows = read(format, file).expect("readable");
    rows.into_iter()
        .map(|(_, parsed)| parsed.err().unwrap_or(""))
        .collect()
}
