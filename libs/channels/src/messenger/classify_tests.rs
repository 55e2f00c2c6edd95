use std::time::Duration;

use reqwest::header::HeaderMap;

use super::{CLASSIFIER, classify};
use crate::{
    messenger::{MessagingType, Tag},
    meta::{Accepted, Action, Outcome, Reason, Refusal, Scope, table},
};

const HTML: &str = "<html><body><h1>502 Bad Gateway</h1></body></html>";

fn outcome(status: u16, body: &str) -> Outcome {
    classify(
        MessagingType::Update,
        status,
        &HeaderMap::new(),
        body.as_bytes(),
    )
}

fn refusal(outcome: Outcome) -> Refusal {
    let Outcome::Refused(refusal) = outcome else {
        panic!("it is a refusal");
    };
    refusal
}

fn error(code: i64, subcode: Option<i64>) -> String {
    serde_json::json!({"error": {"message": "m", "code": code, "error_subcode": subcode}})
        .to_string()
}

#[test]
fn every_row_of_the_table_is_what_happens() {
    table::check("## Messenger: each documented code", CLASSIFIER);
}

#[test]
fn success_is_success_whatever_the_body() {
    let accepted = outcome(200, r#"{"recipient_id":"1","message_id":"m_1"}"#);
    let expected = Accepted {
        message_id: Some("m_1".to_owned()),
        recipient_id: Some("1".to_owned()),
        ..Accepted::default()
    };
    assert_eq!(accepted, Outcome::Accepted(expected));
    for body in ["", "{}", HTML, r#"{"message_id":null}"#] {
        let nameless = Outcome::Accepted(Accepted::default());
        assert_eq!(outcome(200, body), nameless, "{body}");
    }
}

#[test]
fn what_was_sent_with_an_error_is_never_sent_again() {
    let sent = outcome(500, &error(1, Some(1_357_046)));
    assert_eq!(sent.class(), "accepted");
    assert!(!sent.may_be_repeated());
}

#[test]
fn a_subcode_that_is_unknown_leaves_the_code() {
    assert_eq!(
        refusal(outcome(400, &error(551, Some(7)))).name,
        "unreachable"
    );
    assert_eq!(
        refusal(outcome(400, &error(190, Some(460)))).name,
        "token_invalid"
    );
    assert_eq!(
        refusal(outcome(400, &error(100, Some(7)))).name,
        "request_invalid"
    );
}

#[test]
fn a_code_that_is_unknown_is_a_refusal_only_if_it_is_not_temporary() {
    let unknown = refusal(outcome(400, &error(987_654, Some(1))));
    assert_eq!(unknown.action, Action::SkipPerson(Reason::Unknown));
    assert_eq!((unknown.code, unknown.subcode), (Some(987_654), Some(1)));
    assert_eq!(outcome(500, &error(987_654, None)).class(), "ambiguous");
    let transient = r#"{"error":{"code":987654,"is_transient":true}}"#;
    assert_eq!(outcome(400, transient).class(), "ambiguous");
}

#[test]
fn an_app_that_must_prove_itself_is_stopped() {
    let body = r#"{"error":{"code":100,"type":"GraphMethodException",
        "message":"API calls from the server require an appsecret_proof argument"}}"#;
    let refusal = refusal(outcome(400, body));
    assert_eq!(
        (refusal.name, refusal.action),
        ("appsecret_proof_missing", Action::Stop(Scope::App))
    );
}

#[test]
fn what_graph_did_not_say_is_not_definite() {
    for status in [400, 408, 418, 500, 502, 503, 504] {
        assert_eq!(outcome(status, HTML).class(), "ambiguous", "{status}");
    }
    for status in [302, 401, 403, 404, 405, 407, 410] {
        let refusal = refusal(outcome(status, HTML));
        assert_eq!(refusal.action, Action::Stop(Scope::App), "{status}");
    }
    assert_eq!(refusal(outcome(413, HTML)).action, Action::StopBroadcast);
    assert_eq!(refusal(outcome(415, HTML)).action, Action::StopBroadcast);
    assert_eq!(
        refusal(outcome(429, HTML)).action,
        Action::Pause(Scope::App)
    );
}

#[test]
fn a_retired_tag_stops_the_broadcast() {
    let tagged = MessagingType::Tagged(Tag::AccountUpdate);
    let body = error(100, None);
    let outcome = classify(tagged, 400, &HeaderMap::new(), body.as_bytes());
    let refusal = refusal(outcome);
    assert_eq!(
        (refusal.name, refusal.action),
        ("tag_retired", Action::StopBroadcast)
    );
    // No such person is no such person, with a tag or without.
    let body = error(100, Some(2_018_001));
    let outcome = classify(tagged, 400, &HeaderMap::new(), body.as_bytes());
    assert_eq!(outcome.class(), "skip_person");
}

#[test]
fn whoever_is_too_fast_waits_for_as_long_as_meta_estimates() {
    let mut headers = HeaderMap::new();
    let usage =
        r#"{"17":[{"type":"messenger","call_count":100,"estimated_time_to_regain_access":7}]}"#;
    headers.insert("x-business-use-case-usage", usage.parse().unwrap());
    let wait = |code| {
        let body = error(code, None);
        refusal(classify(
            MessagingType::Update,
            400,
            &headers,
            body.as_bytes(),
        ))
        .wait
    };
    assert_eq!(wait(80_006), Some(Duration::from_mins(7)));
    // Others have no reason to.
    assert_eq!(wait(551), None);
}
