//! Which rows of a file are taken, and what the others' owners are told.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

use contacts_domain::{RawRow, RawTags, RefusalReason, parse_row};
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
    assert_eq!(row.tags, ["repeat", "vip"]);
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
fn each_refusal_has_its_own_reason_and_says_what_to_do() {
    let long = "x".repeat(101);
    let tag = ["a|b".to_owned()];
    let many: Vec<String> = (0..51).map(|n| format!("tag {n}")).collect();
    let cases = [
        (
            RawRow {
                channel: "whatsapp",
                ..minimal()
            },
            RefusalReason::OtherChannel,
            "account of its channel",
        ),
        (
            RawRow {
                external_id: "U1",
                ..minimal()
            },
            RefusalReason::InvalidExternalId,
            "U and 32 hexadecimal digits",
        ),
        (
            RawRow {
                external_id: "",
                ..minimal()
            },
            RefusalReason::InvalidExternalId,
            "copy it from",
        ),
        (
            RawRow {
                display_name: &long,
                ..minimal()
            },
            RefusalReason::TooLong,
            "display_name is longer than 100",
        ),
        (
            RawRow {
                display_name: "a\0b",
                ..minimal()
            },
            RefusalReason::MalformedRow,
            "display_name has a control",
        ),
        (
            RawRow {
                member_number: "1\n2",
                ..minimal()
            },
            RefusalReason::MalformedRow,
            "member_no",
        ),
        (
            RawRow {
                tags: RawTags::List(&tag),
                ..minimal()
            },
            RefusalReason::MalformedRow,
            "write two tags",
        ),
        (
            RawRow {
                tags: RawTags::List(&many),
                ..minimal()
            },
            RefusalReason::TooLong,
            "more than 50 tags",
        ),
        (
            RawRow {
                tags: RawTags::Joined(&long),
                ..minimal()
            },
            RefusalReason::TooLong,
            "a tag is longer than 50",
        ),
        (
            RawRow {
                subscribed_at: "yesterday",
                ..minimal()
            },
            RefusalReason::InvalidTime,
            "subscribed_at is not a time",
        ),
        (
            RawRow {
                last_interaction_at: "1997-13-01T00:00:00Z",
                ..minimal()
            },
            RefusalReason::InvalidTime,
            "last_interaction_at",
        ),
    ];
    for (row, reason, advice) in cases {
        let refusal = parse_row(&row, Channel::Line).unwrap_err();
        assert_eq!(refusal.reason, reason, "{refusal}");
        assert!(refusal.message.contains(advice), "{refusal}");
    }
}

fn minimal() -> RawRow<'static> {
    RawRow {
        external_id: LINE_ID,
        ..RawRow::default()
    }
}
