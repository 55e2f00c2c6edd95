use super::{EventKind, Mode, WebhookEvent, parse_webhook};

const USER: &str = "U00000000000000000000000000000001";

fn event(json: &str) -> WebhookEvent {
    let raw = format!(r#"{{"destination":"Ubot","events":[{json}]}}"#);
    let mut webhook = parse_webhook(raw.as_bytes()).unwrap();
    assert_eq!(webhook.events.len(), 1);
    webhook.events.remove(0)
}

#[test]
fn an_event_is_read_and_kept_as_it_came() {
    let json = format!(
        r#"{{"type":"message","mode":"active","timestamp":1462629479859, "source":{{"type":"user","userId":"{USER}"}},
        "webhookEventId":"01FZ74A0TDDPYRVKNK77XKC3ZR","deliveryContext":{{"isRedelivery":true}},
        "message":{{"id":"1","type":"text","text":"hi"}}}}"#
    );
    let event = event(&json);
    assert_eq!(
        event.webhook_event_id.as_deref(),
        Some("01FZ74A0TDDPYRVKNK77XKC3ZR")
    );
    assert_eq!(event.timestamp_ms, Some(1_462_629_479_859));
    assert_eq!(event.mode, Mode::Active);
    assert!(event.is_redelivery);
    assert_eq!(event.source_type.as_deref(), Some("user"));
    assert_eq!(event.user_id.as_deref(), Some(USER));
    let text = Some("hi".to_owned());
    assert_eq!(event.kind, EventKind::Message { text });
    assert_eq!(event.raw.get(), json);
}

#[test]
fn each_kind_has_its_own_part() {
    let kind = |json: &str| event(json).kind;
    assert_eq!(
        kind(r#"{"type":"message","message":{"type":"sticker"}}"#),
        EventKind::Message { text: None }
    );
    assert_eq!(
        kind(r#"{"type":"postback","postback":{"data":"stop=1"}}"#),
        EventKind::Postback {
            data: "stop=1".to_owned()
        }
    );
    assert_eq!(
        kind(r#"{"type":"follow","follow":{"isUnblocked":true}}"#),
        EventKind::Follow { is_unblocked: true }
    );
    // Older accounts still send it without the detail.
    assert_eq!(
        kind(r#"{"type":"follow"}"#),
        EventKind::Follow {
            is_unblocked: false
        }
    );
    assert_eq!(kind(r#"{"type":"unfollow"}"#), EventKind::Unfollow);
}

#[test]
fn what_is_unknown_is_kept() {
    let edited = event(r#"{"type":"messageEdited","mode":"new"}"#);
    assert_eq!(edited.event_type, "messageEdited");
    assert_eq!((edited.kind, edited.mode), (EventKind::Other, Mode::Other));
    let odd = event(r#"{"type":7,"timestamp":"soon","source":null,"postback":[]}"#);
    assert_eq!(
        (odd.kind, odd.timestamp_ms, odd.user_id),
        (EventKind::Other, None, None)
    );
    assert_eq!(event("null").kind, EventKind::Other);
    assert_eq!(event(r#"{"type":"postback"}"#).kind, EventKind::Other);
}

#[test]
fn a_person_may_be_unknown() {
    let missing = event(r#"{"type":"message","source":{"type":"user"}}"#);
    assert_eq!(
        (missing.source_type.as_deref(), missing.user_id),
        (Some("user"), None)
    );
    let malformed = event(r#"{"type":"message","source":{"type":"user","userId":"U1"}}"#);
    assert_eq!(malformed.user_id, None);
    assert_eq!(event(r#"{"type":"accountLink"}"#).source_type, None);
}

#[test]
fn there_may_be_no_events() {
    let webhook = parse_webhook(br#"{"destination":"Ubot","events":[]}"#).unwrap();
    assert_eq!(webhook.destination, "Ubot");
    assert!(webhook.events.is_empty());
}

#[test]
fn what_is_no_webhook_is_refused() {
    for raw in [
        "",
        "{}",
        "[]",
        r#"{"destination":"U"}"#,
        r#"{"destination":"U","events":{}}"#,
    ] {
        parse_webhook(raw.as_bytes()).unwrap_err();
    }
}

#[test]
fn a_body_with_more_events_than_line_ever_sends_is_refused() {
    let post = |count: usize| {
        let events = vec!["0"; count].join(",");
        format!(r#"{{"destination":"Ubot","events":[{events}]}}"#)
    };
    let most = parse_webhook(post(10_000).as_bytes()).unwrap();
    assert_eq!(most.events.len(), 10_000);
    let error = parse_webhook(post(10_001).as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the body has 10001 events, more than 10000"
    );
}
