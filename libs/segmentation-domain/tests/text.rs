//! What filters look like as text.
#![expect(clippy::unwrap_used, reason = "a text that is not read should panic")]

use segmentation_domain::Filter;

/// What `text` is read as, written again.
fn read(text: &str) -> String {
    Filter::from_text(text).unwrap().to_text()
}

fn refused(text: &str) -> String {
    Filter::from_text(text).unwrap_err().to_string()
}

#[test]
fn a_text_is_read_and_written_in_its_shortest_form() {
    for (text, shortest) in [
        ("", "everyone"),
        ("  ", "everyone"),
        ("nobody", "nobody"),
        ("tag:vip", "tag:vip"),
        ("tag = \"vip\"", "tag:vip"),
        ("tag:'two words'", "tag:\"two words\""),
        ("tag:vip AND NOT tag:test", "tag:vip AND NOT tag:test"),
        ("tag:vip -tag:test", "tag:vip AND NOT tag:test"),
        ("tag != vip", "NOT tag:vip"),
        ("tag:(a OR b)", "tag:(a OR b)"),
        ("tag:(a b)", "tag:(a AND b)"),
        ("tag:(a)", "tag:a"),
        ("NOT tag:(a OR b)", "NOT tag:(a OR b)"),
        ("NOT (NOT tag:a)", "NOT (NOT tag:a)"),
        ("(tag:a OR tag:b) AND tag:c", "(tag:a OR tag:b) AND tag:c"),
        ("tag:a AND tag:b OR tag:c", "tag:a AND (tag:b OR tag:c)"),
        ("tag:a tag:b AND tag:c", "tag:a AND tag:b AND tag:c"),
        ("tag:\"AND\"", "tag:\"AND\""),
        ("tag:熟客", "tag:熟客"),
        ("tag:a:b", "tag:\"a:b\""),
        ("name = 王小明", "name = \"王小明\""),
        ("name = 王*", "name = \"王*\""),
        ("name:小", "name : \"小\""),
        ("name = '*小*'", "name : \"小\""),
        (r#"name = "\*\"\\""#, r#"name = "\*\"\\""#),
        ("phone = '+886 912'", "phone = \"+886 912\""),
        ("email=a@b.c", "email = a@b.c"),
        ("member:M-1", "member = M-1"),
        ("site_bound = TRUE", "site_bound = true"),
        ("status = all", "status = all"),
        ("status != blocked", "NOT status = blocked"),
        (
            "tag:id(08080808-0808-0808-0808-080808080808)",
            "tag:id(08080808-0808-0808-0808-080808080808)",
        ),
    ] {
        assert_eq!(read(text), shortest, "{text}");
    }
}

#[test]
fn a_day_is_a_day_in_utc() {
    for (text, shortest) in [
        (
            "last_interaction >= 2026-01-01",
            "last_interaction >= 2026-01-01",
        ),
        (
            "last_interaction > 2026-01-01",
            "last_interaction >= 2026-01-02",
        ),
        (
            "last_interaction <= 2026-01-31",
            "last_interaction < 2026-02-01",
        ),
        ("subscribed_at = 2026-01-31", "subscribed_at = 2026-01-31"),
        (
            "subscribed_at != 2026-01-31",
            "NOT subscribed_at = 2026-01-31",
        ),
        (
            "subscribed_at >= 2026-01-31T08:30:00+08:00",
            "subscribed_at >= 2026-01-31T00:30:00Z",
        ),
        (
            "subscribed_at > 2026-01-31T08:30:00Z",
            "subscribed_at >= 2026-01-31T08:30:00.000001Z",
        ),
        (
            "tag:a last_interaction >= 2026-01-01 AND last_interaction < 2026-02-01T00:00:00Z",
            "tag:a AND last_interaction >= 2026-01-01 AND last_interaction < 2026-02-01",
        ),
    ] {
        assert_eq!(read(text), shortest, "{text}");
    }
}

#[test]
fn a_beginning_and_an_end_are_one_range() {
    let range = "last_interaction >= 2026-01-01 AND last_interaction < 2026-02-01";
    let Filter::LastInteraction(range) = Filter::from_text(range).unwrap() else {
        panic!("not one range");
    };
    assert!(range.after().is_some() && range.before().is_some());
}

#[test]
fn what_is_wrong_is_said_with_its_column() {
    for (text, error) in [
        (
            "tag",
            "column 4: expected a comparator such as : or =, found the end",
        ),
        ("tag:", "column 5: expected a tag, found the end"),
        (
            "tag:vip AND",
            "column 12: expected a condition such as tag:vip, found the end",
        ),
        (
            "tag:a OR OR tag:b",
            "column 10: expected a condition such as tag:vip, found OR",
        ),
        ("tag:a and tag:b", "column 7: write AND in capital letters"),
        ("(tag:a", "column 1: this ( is not closed"),
        ("tag:a)", "column 6: expected AND, OR or the end, found ')'"),
        ("tag:(a OR b", "column 5: this ( is not closed"),
        (
            "tag:(a OR b c)",
            "column 13: tags in parentheses are joined by OR or by AND, not by both",
        ),
        ("name = \"x", "column 8: this \" is not closed"),
        (
            "name = \"a*b\"",
            "column 8: a star stands at the end, or at both ends; write `\\*` in quotes for a star itself",
        ),
        ("name = \"*\"", "column 8: say which name"),
        ("name > x", "column 6: expected :, = or !=, found '>'"),
        (
            "last_interaction > yesterday",
            "column 20: expected a date as 2026-01-31 or a time as 2026-01-31T08:00:00+08:00",
        ),
        (
            "last_interaction <= 9999-12-31",
            "column 21: is not in the years 1 to 9999",
        ),
        (
            "status = gone",
            "column 10: expected subscribed, unsubscribed, blocked or all",
        ),
        (
            "tag:a*",
            "column 5: a tag is compared as a whole; put it in quotes if it has a star",
        ),
        ("tag:id(x)", "column 8: is not a UUID"),
        ("phone = 'none'", "column 9: has no digit"),
    ] {
        assert_eq!(refused(text), error, "{text}");
    }
    assert!(refused("color = red").starts_with("column 1: \"color\" is no field; use tag, name"));
}

#[test]
fn nesting_and_length_have_an_end() {
    assert!(refused(&"(".repeat(1_000_000)).contains("more than 32 parentheses are open"));
    let nested = |depth| format!("{}tag:a{}", "NOT (tag:b ".repeat(depth), ")".repeat(depth));
    assert!(Filter::from_text(&nested(5)).is_ok());
    assert_eq!(
        refused(&nested(6)),
        "the filter is nested more than 10 deep"
    );
    assert!(refused(&"tag:a ".repeat(51)).contains("more than 50 filters in one group"));
    assert!(refused(&"tag:a ".repeat(10_000)).contains("more than 2500 conditions"));
    let many = format!("tag:({})", "a OR ".repeat(100) + "b");
    assert!(refused(&many).contains("more than 100 tags"));
}
