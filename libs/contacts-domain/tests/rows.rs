//! Which rows of a file are taken, and what the others' owners are told.
#![expect(clippy::expect_used, reason = "a step that fails should panic")]

use contacts_domain::{RawRow, RawTags, RefusalReason, Tag, parse_row};
use events::common::Channel;

const LINE_ID: &str = "U05a99c00b975ff15c51fe48e9fac2f2a";

#[test]
fn a_full_row_is_taken() {
    let row = RawRow {
        channel: "line",
        external_id: LINE_ID,
        display_name: " Customer 23556 ",
        member_number: "23556",
        tags: RawTags::Joined("vip|repeat||vip"),
        subscribed_at: "1997-03-25T05:00:00+08:00",
        ..RawRow::default()
    };
    let row = parse_row(&row, Channel::Line).unwrap();
    assert_eq!(row.external_id.as_str(), LINE_ID);
    assert_eq!(row.profile.display_name, "Customer 23556");
    assert_eq!(row.profile.member_number.unwrap().as_str(), "23556");
    let tags: Vec<&str> = row.tags.iter().map(Tag::as_str).collect();
    assert_eq!(tags, ["repeat", "vip"]);
    assert_eq!(
        row.subscribed_at.unwrap().to_rfc3339(),
        "1997-03-24T21:00:00+00:00"
    );
    assert_eq!(row.last_interaction_at, None);
}

#[test]
fn only_the_external_id_is_needed() {
    parse_row(&minimal(), Channel::Line).unwrap();
}

#[test]
fn a_row_of_another_person_or_channel_is_refused() {
    refused(
        |row| row.channel = "whatsapp",
        RefusalReason::OtherChannel,
        "account of its channel",
    );
    refused(
        |row| row.external_id = "U1",
        RefusalReason::InvalidExternalId,
        "U and 32 hexadecimal digits",
    );
    refused(
        |row| row.external_id = "",
        RefusalReason::InvalidExternalId,
        "copy it from",
    );
}

#[test]
fn text_that_lists_or_stores_choke_on_is_refused() {
    refused(
        |row| row.display_name = LONG,
        RefusalReason::TooLong,
        "display_name is longer than 100",
    );
    refused(
        |row| row.display_name = "a\0b",
        RefusalReason::MalformedRow,
        "display_name has a control character",
    );
    refused(
        |row| row.member_number = "1\n2",
        RefusalReason::MalformedRow,
        "member_no has a control character",
    );
}

#[test]
fn tags_are_bounded() {
    let many: &[String] = (0..51)
        .map(|n| format!("tag {n}"))
        .collect::<Vec<_>>()
        .leak();
    let separator: &[String] = vec!["a|b".to_owned()].leak();
    refused(
        |row| row.tags = RawTags::List(separator),
        RefusalReason::MalformedRow,
        "write two tags",
    );
    refused(
        |row| row.tags = RawTags::List(many),
        RefusalReason::TooLong,
        "more than 50 tags",
    );
    refused(
        |row| row.tags = RawTags::Joined(LONG),
        RefusalReason::TooLong,
        "a tag is longer than 50",
    );
}

#[test]
fn a_time_is_exact_or_refused() {
    refused(
        |row| row.subscribed_at = "yesterday",
        RefusalReason::InvalidTime,
        "subscribed_at is not a time",
    );
    refused(
        |row| row.last_interaction_at = "1997-13-01T00:00:00Z",
        RefusalReason::InvalidTime,
        "last_interaction_at is not a time",
    );
}

const LONG: &str = match std::str::from_utf8(&[b'x'; 101]) {
    Ok(text) => text,
    Err(_) => "",
};

#[track_caller]
fn refused(change: impl Fn(&mut RawRow<'static>), reason: RefusalReason, advice: &str) {
    let mut row = minimal();
    change(&mut row);
    let refusal = parse_row(&row, Channel::Line).expect_err("the row is taken");
    assert_eq!(refusal.reason, reason);
    assert!(refusal.message.contains(advice), "{refusal}");
}

fn minimal() -> RawRow<'static> {
    RawRow {
        external_id: LINE_ID,
        ..RawRow::default()
    }
}
