//! What a request for an import asks for, or which of its fields is wrong.

use bootstrap::{Principal, invalid_argument};
use prost::Message as _;
use proto::contacts::v1::{ColumnMapping, ImportFormat, ImportStart, TextEncoding};
use tonic::Status;
use uuid::Uuid;

use crate::{
    import::{self, Field, Format, Import, Mapping},
    status,
};

const COLUMNS_MAX: usize = 200;

pub(super) fn read(caller: &Principal, start: &ImportStart) -> Result<Import, Status> {
    let job_id = match start.job_id.as_str() {
        "" => Uuid::now_v7(),
        id => status::parse_id("start.job_id", id)?,
    };
    Ok(Import {
        team_id: caller.team_id,
        actor: caller.subject.clone(),
        job_id,
        request: request(start),
        account_id: status::parse_id("start.account_id", &start.account_id)?,
        format: format(start)?,
        encoding: encoding(start)?,
        mapping: mapping(&start.columns)?,
        keeps_tags: !start.replace_tags,
        dry_run: start.dry_run,
    })
}

/// Without the id: it was perhaps not the caller who drew it.
fn request(start: &ImportStart) -> Vec<u8> {
    let start = ImportStart {
        job_id: String::new(),
        ..start.clone()
    };
    start.encode_to_vec()
}

fn format(start: &ImportStart) -> Result<Format, Status> {
    match start.format() {
        ImportFormat::Csv => Ok(Format::Csv),
        ImportFormat::Jsonl => Ok(Format::Jsonl),
        ImportFormat::Unspecified => Err(status::required("start.format")),
    }
}

fn encoding(start: &ImportStart) -> Result<import::TextEncoding, Status> {
    match TextEncoding::try_from(start.encoding) {
        Ok(TextEncoding::Unspecified) => Ok(import::TextEncoding::Detected),
        Ok(TextEncoding::Utf8) => Ok(import::TextEncoding::Utf8),
        Ok(TextEncoding::Big5) => Ok(import::TextEncoding::Big5),
        Ok(TextEncoding::Utf16le) => Ok(import::TextEncoding::Utf16Le),
        Err(_) => Err(invalid_argument(
            "start.encoding",
            "ENCODING_INVALID",
            "say UTF8, BIG5 or UTF16LE, or nothing",
        )),
    }
}

fn mapping(columns: &[ColumnMapping]) -> Result<Mapping, Status> {
    if columns.len() > COLUMNS_MAX {
        return Err(invalid_argument(
            "start.columns",
            "TOO_MANY_COLUMNS",
            "map at most 200 columns",
        ));
    }
    let mut mapping = Mapping::default();
    for (index, column) in columns.iter().enumerate() {
        let field = match column.field.as_str() {
            "" => None,
            name => Some(Field::parse(name).ok_or_else(|| {
                invalid_argument(
                    &format!("start.columns[{index}].field"),
                    "FIELD_UNKNOWN",
                    "is none of channel, external_id, display_name, phone, email, member_no, tags, \
                     subscribed_at and last_interaction_at",
                )
            })?),
        };
        if column.column.trim().is_empty() {
            return Err(status::required(&format!("start.columns[{index}].column")));
        }
        if !mapping.add(&column.column, field) {
            return Err(invalid_argument(
                &format!("start.columns[{index}].column"),
                "COLUMN_MAPPED_TWICE",
                "is mapped above already",
            ));
        }
    }
    Ok(mapping)
}
