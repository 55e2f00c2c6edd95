use chrono::{DateTime, SubsecRound as _, Utc};
use events::common::Channel;

use crate::{
    ExternalId, InvalidTag, InvalidText, MemberNumber, Profile, RefusalReason, RowRefusal, Tag,
    profile,
};

const TAGS_MAX: usize = 50;

/// A row as the file has it. What the file leaves out is empty.
#[derive(Clone, Default)]
pub struct RawRow<'a> {
    pub channel: &'a str,
    pub external_id: &'a str,
    pub display_name: &'a str,
    pub phone: &'a str,
    pub email: &'a str,
    pub member_number: &'a str,
    pub tags: RawTags<'a>,
    pub subscribed_at: &'a str,
    pub last_interaction_at: &'a str,
}

#[derive(Clone)]
pub enum RawTags<'a> {
    /// Separated by `|`.
    Joined(&'a str),
    List(&'a [String]),
}

/// A row that is taken.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactRow {
    pub external_id: ExternalId,
    pub profile: Profile,
    /// Sorted, each once.
    pub tags: Vec<Tag>,
    pub subscribed_at: Option<DateTime<Utc>>,
    pub last_interaction_at: Option<DateTime<Utc>>,
}

/// Takes a row of a file for an account of `channel`, or says what is wrong with it.
pub fn parse_row(row: &RawRow<'_>, channel: Channel) -> Result<ContactRow, RowRefusal> {
    check_channel(row.channel, channel)?;
    let external_id = ExternalId::parse(channel, row.external_id).map_err(|error| {
        RowRefusal::new(
            RefusalReason::InvalidExternalId,
            "external_id",
            format!("external_id {error}; copy it from the channel's own export"),
        )
    })?;
    let member_number =
        MemberNumber::parse(row.member_number).map_err(|e| invalid_text("member_no", e))?;
    let profile = Profile {
        display_name: profile::display_name(row.display_name)
            .map_err(|error| invalid_text("display_name", error))?,
        phone: profile::phone(row.phone).map_err(|error| invalid_text("phone", error))?,
        email: profile::email(row.email).map_err(|error| invalid_text("email", error))?,
        member_number,
    };
    Ok(ContactRow {
        external_id,
        profile,
        tags: parse_tags(&row.tags)?,
        subscribed_at: parse_time("subscribed_at", row.subscribed_at)?,
        last_interaction_at: parse_time("last_interaction_at", row.last_interaction_at)?,
    })
}

fn check_channel(found: &str, wanted: Channel) -> Result<(), RowRefusal> {
    let found = found.trim();
    let wanted = channel_name(wanted);
    if found.is_empty() || found.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    Err(RowRefusal::new(
        RefusalReason::OtherChannel,
        "channel",
        format!(
            "the account is a {wanted} account; import this row into an account of its channel"
        ),
    ))
}

/// A channel as files name it.
fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Unspecified => "",
        Channel::Line => "line",
        Channel::Messenger => "messenger",
        Channel::Whatsapp => "whatsapp",
        Channel::Email => "email",
    }
}

fn parse_tags(raw: &RawTags<'_>) -> Result<Vec<Tag>, RowRefusal> {
    let parsed: Result<Vec<Tag>, InvalidTag> = match raw {
        RawTags::Joined(joined) => joined
            .split('|')
            .filter(|tag| !tag.trim().is_empty())
            .map(Tag::parse)
            .collect(),
        RawTags::List(list) => list.iter().map(|tag| Tag::parse(tag)).collect(),
    };
    let mut tags = parsed.map_err(|error| match error {
        InvalidTag::Text(error) => refused_text("tags", "a tag", error),
        InvalidTag::Separator => RowRefusal::new(
            RefusalReason::MalformedRow,
            "tags",
            format!("a tag {error}; write two tags"),
        ),
    })?;
    tags.sort_unstable();
    tags.dedup();
    if tags.len() > TAGS_MAX {
        return Err(RowRefusal::new(
            RefusalReason::TooLong,
            "tags",
            format!("more than {TAGS_MAX} tags; leave some out"),
        ));
    }
    Ok(tags)
}

/// Cut to microseconds, as they are stored.
fn parse_time(field: &'static str, text: &str) -> Result<Option<DateTime<Utc>>, RowRefusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    match DateTime::parse_from_rfc3339(text) {
        Ok(at) => Ok(Some(at.to_utc().trunc_subsecs(6))),
        Err(_) => Err(RowRefusal::new(
            RefusalReason::InvalidTime,
            field,
            format!("{field} is not a time; write it as 2026-01-31T09:30:00Z, or leave it empty"),
        )),
    }
}

fn invalid_text(field: &'static str, error: InvalidText) -> RowRefusal {
    refused_text(field, field, error)
}

fn refused_text(field: &'static str, what: &str, error: InvalidText) -> RowRefusal {
    match error {
        InvalidText::TooLong(_) => RowRefusal::new(
            RefusalReason::TooLong,
            field,
            format!("{what} {error}; shorten it"),
        ),
        InvalidText::Empty | InvalidText::Control => RowRefusal::new(
            RefusalReason::MalformedRow,
            field,
            format!("{what} {error}; remove it"),
        ),
    }
}

impl Default for RawTags<'_> {
    fn default() -> Self {
        Self::Joined("")
    }
}

// Rows hold personal data, so that none is ever printed.
impl std::fmt::Debug for RawRow<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawRow").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for RawTags<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawTags").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ContactRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContactRow").finish_non_exhaustive()
    }
}
