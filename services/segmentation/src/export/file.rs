use chrono::{DateTime, SecondsFormat, Utc};
use contacts_domain::harmless_cell;
use csv::{Terminator, WriterBuilder};
use events::{common::Channel, contact::Profile, segment::SubscriptionStatus};
use proto::segmentation::v1::ExportFormat;
use serde::Serialize;

use super::rows::Row;
use crate::index::Words;

/// Without it, Excel takes UTF-8 for the encoding of its own country.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Those of an import, then some that an import leaves out.
const COLUMNS: [&str; 12] = [
    "channel",
    "external_id",
    "display_name",
    "phone",
    "email",
    "member_no",
    "tags",
    "subscribed_at",
    "last_interaction_at",
    "status",
    "account_id",
    "contact_id",
];

/// A row can't be written, which memory has no reason for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("cannot write a row of CSV")]
    Csv(#[from] csv::Error),
    #[error("cannot write a line of JSON")]
    Json(#[from] serde_json::Error),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Jsonl,
}

/// A line of a JSONL file. What is empty is left out.
#[derive(Serialize)]
struct Line<'a> {
    channel: &'static str,
    external_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    display_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    phone: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    email: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    member_no: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    subscribed_at: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    last_interaction_at: String,
    status: &'static str,
    account_id: String,
    contact_id: String,
}

impl Format {
    /// `None`: nobody said which.
    pub(crate) fn from_proto(format: ExportFormat) -> Option<Self> {
        match format {
            ExportFormat::Unspecified => None,
            ExportFormat::Csv => Some(Self::Csv),
            ExportFormat::Jsonl => Some(Self::Jsonl),
        }
    }

    /// What stands before the first row.
    pub(super) fn begin(self, data: &mut Vec<u8>) -> Result<(), WriteError> {
        match self {
            Self::Csv => {
                data.extend_from_slice(BYTE_ORDER_MARK);
                write_record(data, COLUMNS)
            }
            Self::Jsonl => Ok(()),
        }
    }

    pub(super) fn write(
        self,
        data: &mut Vec<u8>,
        row: &Row,
        profile: &Profile,
        words: &Words,
    ) -> Result<(), WriteError> {
        let line = line(row, profile, words);
        match self {
            Self::Csv => {
                let tags = line.tags.join("|");
                let cells = [
                    line.channel,
                    line.external_id,
                    line.display_name,
                    line.phone,
                    line.email,
                    line.member_no,
                    &tags,
                    &line.subscribed_at,
                    &line.last_interaction_at,
                    line.status,
                    &line.account_id,
                    &line.contact_id,
                ];
                write_record(data, cells)
            }
            Self::Jsonl => {
                serde_json::to_writer(&mut *data, &line)?;
                data.push(b'\n');
                Ok(())
            }
        }
    }
}

fn line<'a>(row: &Row, profile: &'a Profile, words: &'a Words) -> Line<'a> {
    let channel = words.channel(row.account_id).unwrap_or_default();
    let tags = row.tag_ids.iter();
    let mut tags: Vec<&str> = tags.filter_map(|tag| words.tag_name(*tag)).collect();
    tags.sort_unstable();
    Line {
        channel: channel_name(Channel::try_from(channel).unwrap_or_default()),
        external_id: &profile.external_id,
        display_name: &profile.display_name,
        phone: &profile.phone,
        email: &profile.email,
        member_no: &profile.member_number,
        tags,
        subscribed_at: time(row.subscribed_at),
        last_interaction_at: time(row.last_interaction_at),
        status: status_name(i32::from(row.status)),
        account_id: row.account_id.to_string(),
        contact_id: row.contact_id.to_string(),
    }
}

fn write_record(data: &mut Vec<u8>, cells: [&str; COLUMNS.len()]) -> Result<(), WriteError> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .buffer_capacity(512)
        .from_writer(data);
    writer.write_record(cells.map(harmless_cell).iter().map(|cell| cell.as_bytes()))?;
    writer.flush().map_err(csv::Error::from)?;
    Ok(())
}

fn time(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(String::new, |at| {
        at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    })
}

/// As files name it.
fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Unspecified => "",
        Channel::Line => "line",
        Channel::Messenger => "messenger",
        Channel::Whatsapp => "whatsapp",
        Channel::Email => "email",
    }
}

fn status_name(status: i32) -> &'static str {
    match SubscriptionStatus::try_from(status) {
        Ok(SubscriptionStatus::Subscribed) => "subscribed",
        Ok(SubscriptionStatus::Unsubscribed) => "unsubscribed",
        Ok(SubscriptionStatus::Blocked) => "blocked",
        Ok(SubscriptionStatus::Unspecified | SubscriptionStatus::All) | Err(_) => "",
    }
}
