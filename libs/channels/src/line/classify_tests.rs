use reqwest::header::{HeaderMap, HeaderValue};

use super::{ACCEPTED_REQUEST_ID, REQUEST_ID, classify};
use crate::verdict::Verdict;

const HTML: &str = "<html><body><h1>502 Bad Gateway</h1></body></html>";
const ALL_NULL: &str = r#"{"message":null,"key":null,"stacktrace":null,"code":null}"#;

fn verdict(status: u16, body: &str) -> Verdict {
    let mut headers = HeaderMap::new();
    headers.insert(REQUEST_ID, HeaderValue::from_static("this"));
    classify(status, &headers, body.as_bytes())
}

fn message(message: &str) -> String {
    format!(r#"{{"message":"{message}"}}"#)
}

/// The class, and the code where there is one.
fn class(verdict: &Verdict) -> (&'static str, &'static str) {
    let code = match verdict {
        Verdict::RecipientInvalid { code, .. }
        | Verdict::ContentRefused { code, .. }
        | Verdict::AccountRefused { code, .. } => code,
        Verdict::Accepted { .. }
        | Verdict::QuotaExceeded { .. }
        | Verdict::Throttled { .. }
        | Verdict::Transient { .. }
        | Verdict::Ambiguous { .. } => "",
    };
    (verdict.class(), code)
}

#[test]
fn success_is_success_whatever_the_body() {
    for (status, body) in [(200, "{}"), (202, ""), (200, HTML)] {
        assert_eq!(
            verdict(status, body),
            Verdict::Accepted {
                request_id: Some("this".to_owned()),
                repeated: false
            }
        );
    }
}

#[test]
fn a_conflict_is_an_earlier_success() {
    let mut headers = HeaderMap::new();
    headers.insert(REQUEST_ID, HeaderValue::from_static("this"));
    headers.insert(ACCEPTED_REQUEST_ID, HeaderValue::from_static("earlier"));
    let accepted = |request_id| Verdict::Accepted {
        request_id,
        repeated: true,
    };
    assert_eq!(
        classify(409, &headers, b""),
        accepted(Some("earlier".to_owned()))
    );
    let body = message("The retry key is already accepted");
    assert_eq!(verdict(409, &body), accepted(None));
    // Not LINE's own conflict: nothing is known.
    assert_eq!(class(&verdict(409, HTML)), ("ambiguous", ""));
}

#[test]
fn every_documented_refusal_has_its_class() {
    let invalid = |property: &str| {
        message(&format!(
            "The property, {property}, in the request body is invalid (line: -, column: -)"
        ))
    };
    let detailed = |property: &str| {
        format!(
            r#"{{"message":"The request body has 1 error(s)","details":[{{"message":"May not be empty","property":"{property}"}}]}}"#
        )
    };
    let no_json = message("The request body could not be parsed as JSON (line: 1, column: 2)");
    let seen_in_the_wild = message("A message (messages[0]) in the request body is invalid");
    let media_type = message("The content type, text/plain, is not supported");
    let bodies = [
        (
            400,
            detailed("messages[0].text"),
            "content_refused",
            "content_invalid",
        ),
        (
            400,
            detailed("messages"),
            "content_refused",
            "content_invalid",
        ),
        (
            400,
            detailed("customAggregationUnits"),
            "content_refused",
            "content_invalid",
        ),
        (
            400,
            detailed("to"),
            "recipient_invalid",
            "recipient_invalid",
        ),
        (
            400,
            invalid("messages[1].text"),
            "content_refused",
            "content_invalid",
        ),
        (
            400,
            invalid("to[1]"),
            "recipient_invalid",
            "recipient_invalid",
        ),
        (
            400,
            invalid("'to'"),
            "recipient_invalid",
            "recipient_invalid",
        ),
        (400, seen_in_the_wild, "content_refused", "content_invalid"),
        (
            400,
            message("Failed to send messages"),
            "recipient_invalid",
            "recipient_unnamed",
        ),
        (400, no_json, "content_refused", "request_invalid"),
        (
            400,
            media_type.clone(),
            "content_refused",
            "request_invalid",
        ),
        (415, media_type, "content_refused", "media_type_refused"),
        (413, HTML.to_owned(), "content_refused", "body_too_large"),
        (
            400,
            ALL_NULL.to_owned(),
            "content_refused",
            "request_invalid",
        ),
        (400, r#"{"error":"no route"}"#.to_owned(), "ambiguous", ""),
        (400, HTML.to_owned(), "ambiguous", ""),
        (400, String::new(), "ambiguous", ""),
        (
            401,
            message("Authentication failed"),
            "account_refused",
            "unauthorized",
        ),
        (401, HTML.to_owned(), "account_refused", "unauthorized"),
        (
            403,
            message("Access to this API is not available"),
            "account_refused",
            "forbidden",
        ),
        (404, message("Not found"), "account_refused", "not_the_api"),
        (302, String::new(), "account_refused", "not_the_api"),
        (
            429,
            message("You have reached your monthly limit."),
            "quota_exceeded",
            "",
        ),
        (
            429,
            message("The API rate limit has been exceeded. Try again later."),
            "throttled",
            "",
        ),
        (429, ALL_NULL.to_owned(), "throttled", ""),
        (429, HTML.to_owned(), "throttled", ""),
        (408, String::new(), "ambiguous", ""),
        (500, message("Internal"), "ambiguous", ""),
        (502, HTML.to_owned(), "ambiguous", ""),
        (503, String::new(), "ambiguous", ""),
        (504, ALL_NULL.to_owned(), "ambiguous", ""),
        (599, String::new(), "ambiguous", ""),
    ];
    for (status, body, expected, code) in bodies {
        assert_eq!(
            class(&verdict(status, &body)),
            (expected, code),
            "{status} {body}"
        );
    }
}

#[test]
fn the_recipient_is_named_if_line_names_one() {
    let index = |verdict| match verdict {
        Verdict::RecipientInvalid { index, .. } => index,
        other => panic!("{other:?}"),
    };
    let named =
        message("The property, to[137], in the request body is invalid (line: -, column: -)");
    assert_eq!(index(verdict(400, &named)), Some(137));
    let detailed =
        r#"{"message":"The request body has 1 error(s)","details":[{"property":"to[2]"}]}"#;
    assert_eq!(index(verdict(400, detailed)), Some(2));
    assert_eq!(
        index(verdict(400, &message("Failed to send messages"))),
        None
    );
}

#[test]
fn content_outweighs_a_recipient() {
    let both = r#"{"message":"The request body has 2 error(s)","details":[
        {"message":"x","property":"to[2]"},{"message":"y","property":"messages[0].text"}]}"#;
    assert_eq!(
        class(&verdict(400, both)),
        ("content_refused", "content_invalid")
    );
}

#[test]
fn the_detail_is_lines_own_text_and_short() {
    let body = r#"{"message":"The request body has 1 error(s)","details":[{"property":"messages","message":"Size must be between 1 and 5"},{}]}"#;
    let Verdict::ContentRefused { detail, .. } = verdict(400, body) else {
        panic!("not refused");
    };
    assert_eq!(
        detail,
        "400 The request body has 1 error(s); messages: Size must be between 1 and 5; ?: ?"
    );
    let Verdict::Ambiguous { detail } = verdict(500, &message(&"x".repeat(9_000))) else {
        panic!("not ambiguous");
    };
    assert_eq!(detail.len(), 504);
}
