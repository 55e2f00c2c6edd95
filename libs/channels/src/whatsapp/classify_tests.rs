use std::time::Duration;

use reqwest::header::HeaderMap;

use super::{CLASSIFIER, classify, reported};
use crate::{
    meta::{Accepted, Action, Outcome, Quality, Reason, Refusal, table},
    whatsapp::{DailyLimit, NumberInfo},
};

fn outcome(status: u16, body: &str) -> Outcome {
    classify(status, &HeaderMap::new(), body.as_bytes())
}

fn refusal(code: i64) -> Refusal {
    let body = serde_json::json!({"error": {"message": "m", "code": code}}).to_string();
    let Outcome::Refused(refusal) = outcome(400, &body) else {
        panic!("it is a refusal");
    };
    refusal
}

#[test]
fn every_row_of_the_table_is_what_happens() {
    table::check("## WhatsApp: each documented code", CLASSIFIER);
}

#[test]
fn accepted_is_not_yet_sent_and_may_be_held() {
    let body = |status: &str| {
        format!(
            r#"{{"messaging_product":"whatsapp","contacts":[{{"input":"+16502530000","wa_id":"16502530000","user_id":"US.1"}}],
            "messages":[{{"id":"wamid.1"{status}}}]}}"#
        )
    };
    let accepted = |held| {
        Outcome::Accepted(Accepted {
            message_id: Some("wamid.1".to_owned()),
            recipient_id: Some("16502530000".to_owned()),
            user_id: Some("US.1".to_owned()),
            held,
            error: None,
        })
    };
    let held = body(r#","message_status":"held_for_quality_assessment""#);
    assert_eq!(outcome(200, &held), accepted(true));
    assert_eq!(outcome(200, &held).class(), "held");
    let told = body(r#","message_status":"accepted""#);
    assert_eq!(outcome(200, &told), accepted(false));
    // It is not always told.
    assert_eq!(outcome(200, &body("")), accepted(false));
}

#[test]
fn each_wait_is_as_documented() {
    for (code, seconds) in [
        (131_049, Some(24 * 3_600)),
        (134_101, Some(600)),
        (131_057, Some(60)),
        (131_056, Some(6)),
        (130_429, Some(1)),
        (131_026, None),
    ] {
        assert_eq!(
            refusal(code).wait,
            seconds.map(Duration::from_secs),
            "{code}"
        );
    }
}

#[test]
fn a_failure_that_comes_later_was_not_sent() {
    let capped = reported(131_049, "healthy ecosystem");
    assert_eq!(capped.action, Action::SkipPerson(Reason::Capped));
    assert_eq!(capped.detail, "healthy ecosystem");
    // An answer with this code is ambiguous; a failed message is not.
    assert_eq!(reported(131_000, "").action, Action::Retry);
    assert_eq!(
        reported(999_999, "").action,
        Action::SkipPerson(Reason::Unknown)
    );
    assert_eq!(reported(132_015, "").action, Action::StopBroadcast);
}

#[test]
fn the_daily_limit_is_read_as_meta_writes_it() {
    let of = |tier: Option<&str>| NumberInfo {
        id: "1".to_owned(),
        display_phone_number: String::new(),
        verified_name: None,
        quality: Quality::Unknown,
        throughput: None,
        messaging_limit: tier.map(str::to_owned),
    };
    for (tier, limit) in [
        (Some("TIER_250"), Some(DailyLimit::People(250))),
        (Some("TIER_2K"), Some(DailyLimit::People(2_000))),
        (Some("TIER_100K"), Some(DailyLimit::People(100_000))),
        (Some("TIER_UNLIMITED"), Some(DailyLimit::Unlimited)),
        (Some("TIER_SOON"), None),
        (Some("NOT_SET"), None),
        (None, None),
    ] {
        assert_eq!(of(tier).daily_limit(), limit, "{tier:?}");
    }
}
