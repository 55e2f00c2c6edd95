use reqwest::header::{HeaderMap, HeaderValue};

use super::{ACCEPTED_REQUEST_ID, REQUEST_ID, classify};
use crate::verdict::Verdict;

const HTML: &str = "<html><body><h1>502 Bad Gateway</h1></body></html>";

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
        | Verdict::Ambiguous { .. } => "-",
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
    assert_eq!(class(&verdict(409, HTML)), ("ambiguous", "-"));
}

/// Status, class, code or `-`, and the body to its end.
const REFUSALS: &str = r#"
400 content_refused content_invalid {"message":"The request body has 1 error(s)","details":[{"message":"May not be empty","property":"messages[0].text"}]}
400 content_refused content_invalid {"message":"The request body has 1 error(s)","details":[{"message":"Size must be between 1 and 5","property":"messages"}]}
400 content_refused content_invalid {"message":"The request body has 1 error(s)","details":[{"property":"customAggregationUnits[0]"}]}
400 content_refused content_invalid {"message":"The property, messages[1].text, in the request body is invalid (line: -, column: -)"}
400 content_refused content_invalid {"message":"A message (messages[0]) in the request body is invalid"}
400 recipient_invalid recipient_invalid {"message":"The request body has 1 error(s)","details":[{"message":"Size must be between 1 and 500","property":"to"}]}
400 recipient_invalid recipient_invalid {"message":"The property, to[1], in the request body is invalid (line: -, column: -)"}
400 recipient_invalid recipient_invalid {"message":"The property, 'to', in the request body is invalid (line: -, column: -)"}
400 recipient_invalid recipient_unnamed {"message":"Failed to send messages"}
400 content_refused request_invalid {"message":"The request body could not be parsed as JSON (line: 1, column: 2)"}
400 content_refused request_invalid {"message":"The content type, text/plain, is not supported"}
400 content_refused request_invalid {"message":null,"key":null,"stacktrace":null,"code":null}
400 ambiguous - <html><body><h1>400 Bad Request</h1></body></html>
400 ambiguous - {"error":"no route"}
400 ambiguous -
401 account_refused unauthorized {"message":"Authentication failed due to the following reason: expired"}
401 account_refused unauthorized <html></html>
403 account_refused forbidden {"message":"Access to this API is not available for your account"}
404 account_refused not_the_api {"message":"Not found"}
302 account_refused not_the_api
408 ambiguous -
413 content_refused body_too_large <html></html>
415 content_refused media_type_refused {"message":"The content type, text/plain, is not supported"}
429 quota_exceeded - {"message":"You have reached your monthly limit."}
429 throttled - {"message":"The API rate limit has been exceeded. Try again later."}
429 throttled - {"message":null,"key":null,"stacktrace":null,"code":null}
429 throttled - <html></html>
500 ambiguous - {"message":"Internal server error"}
502 ambiguous - <html><body><h1>502 Bad Gateway</h1></body></html>
503 ambiguous -
504 ambiguous - {"message":null}
599 ambiguous -
"#;

#[test]
fn every_documented_refusal_has_its_class() {
    for row in REFUSALS.trim().lines() {
        let mut columns = row.splitn(4, ' ');
        let mut next = || columns.next().unwrap_or_default();
        let (status, expected, code, body) = (next(), next(), next(), next());
        let verdict = verdict(status.parse().unwrap(), body);
        assert_eq!(class(&verdict), (expected, code), "{row}");
    }
}

#[test]
fn the_recipient_is_named_if_line_names_one() {
    let index = |verdict| {
        let Verdict::RecipientInvalid { index, .. } = verdict else {
            panic!("{verdict:?}");
        };
        index
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
