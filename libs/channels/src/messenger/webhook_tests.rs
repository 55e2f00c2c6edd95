use proptest::prelude::*;

use super::*;
use crate::messenger::{NotificationStatus, PolicyAction, Watermark, WatermarkKind};

const PAGE: &str = "104";
const PSID: &str = "7001";

fn parse(json: &str) -> Vec<MessengerEvent> {
    parse_webhook(json.as_bytes()).unwrap().events
}

/// One event of one entry.
fn event(json: &str) -> MessengerEvent {
    let raw = format!(
        r#"{{"object":"page","entry":[{{"id":"{PAGE}","time":1458692752478,"messaging":[{json}]}}]}}"#
    );
    let mut events = parse(&raw);
    assert_eq!(events.len(), 1);
    events.remove(0)
}

/// An event by this person.
fn by_person(fields: &str) -> MessengerEvent {
    event(&format!(
        r#"{{"sender":{{"id":"{PSID}"}},"recipient":{{"id":"{PAGE}"}},"timestamp":1458692752000,{fields}}}"#
    ))
}

#[test]
fn a_message_is_read_and_kept_as_it_came() {
    let json = format!(
        r#"{{"sender":{{"id":"{PSID}"}}, "recipient":{{"id":"{PAGE}"}},"timestamp":1458692752000,"new":1,
        "message":{{"mid":"m_1","text":"h\u00e4llo","quick_reply":{{"payload":"P"}},
        "attachments":[{{"type":"sticker"}},{{"odd":1}}],"reply_to":{{"mid":"m_0"}}}}}}"#
    );
    let event = event(&json);
    assert_eq!(event.page_id, PAGE);
    assert_eq!(event.timestamp_ms, Some(1_458_692_752_000));
    assert_eq!(event.person, Some(Person::Psid(PSID.to_owned())));
    assert!(!event.is_standby);
    let expected = EventKind::Message {
        mid: "m_1".to_owned(),
        text: Some("hällo".to_owned()),
        quick_reply: Some("P".to_owned()),
        attachments: vec!["sticker".to_owned()],
        reply_to: Some("m_0".to_owned()),
    };
    assert_eq!(event.kind, expected);
    assert_eq!(event.raw.get(), json);
}

#[test]
fn an_echo_names_our_correlation_and_the_person_it_went_to() {
    let event = event(&format!(
        r#"{{"sender":{{"id":"{PAGE}"}},"recipient":{{"id":"{PSID}"}},"timestamp":1,
        "message":{{"is_echo":true,"app_id":1517776481860111,"metadata":"b1:7","mid":"m_1","text":"x"}}}}"#
    ));
    let expected = EventKind::Echo {
        mid: "m_1".to_owned(),
        app_id: Some("1517776481860111".to_owned()),
        metadata: Some("b1:7".to_owned()),
    };
    assert_eq!(event.kind, expected);
    assert_eq!(event.person, Some(Person::Psid(PSID.to_owned())));
}

#[test]
fn a_watermark_covers_what_was_sent_before_it() {
    let kind = |fields| {
        let EventKind::Watermark(watermark) = by_person(fields).kind else {
            panic!("{fields}");
        };
        watermark
    };
    let delivered = kind(r#""delivery":{"mids":["m_late"],"watermark":1000}"#);
    assert!(delivered.covers(None, 999) && !delivered.covers(None, 1_000));
    // It is named, whenever it was sent.
    assert!(delivered.covers(Some("m_late"), 5_000));
    assert!(!delivered.covers(Some("m_other"), 5_000));
    let read = kind(r#""read":{"watermark":1000,"seq":38}"#);
    assert!(read.covers(None, 1_000) && !read.covers(None, 1_001));
    let mids = Vec::new();
    assert_eq!(
        read,
        Watermark {
            kind: WatermarkKind::Read,
            at_ms: 1_000,
            mids
        }
    );
    assert_eq!(
        by_person(r#""read":{"watermark":"soon"}"#).kind,
        EventKind::Other
    );
}

#[test]
fn each_kind_has_its_own_part() {
    let kind = |fields| by_person(fields).kind;
    let stopped = r#""optin":{"type":"notification_messages","payload":"P","notification_messages_status":"STOP NOTIFICATIONS"}"#;
    assert_eq!(
        kind(stopped),
        EventKind::Optin {
            kind: Some("notification_messages".to_owned()),
            payload: Some("P".to_owned()),
            status: Some(NotificationStatus::Stopped),
        }
    );
    assert_eq!(
        kind(r#""postback":{"title":"T","payload":"P","referral":{"ref":"R"}}"#),
        EventKind::Postback {
            mid: None,
            title: Some("T".to_owned()),
            payload: Some("P".to_owned()),
            referral: Some("R".to_owned()),
        }
    );
    let reference = Some("R".to_owned());
    assert_eq!(
        kind(r#""referral":{"ref":"R"}"#),
        EventKind::Referral { reference }
    );
    assert_eq!(
        kind(r#""reaction":{"mid":"m_1","action":"unreact"}"#),
        EventKind::Reaction {
            mid: Some("m_1".to_owned()),
            is_removed: true
        }
    );
    let policy = event(
        r#"{"recipient":{"id":"104"},"timestamp":1,"policy_enforcement":{"action":"block","reason":"R"}}"#,
    );
    assert_eq!(policy.person, None);
    let reason = Some("R".to_owned());
    assert_eq!(
        policy.kind,
        EventKind::Policy {
            action: PolicyAction::Block,
            reason
        }
    );
}

#[test]
fn a_person_may_be_known_by_a_checkbox_only() {
    let sender = event(r#"{"sender":{"user_ref":"U"},"postback":{"payload":"P"}}"#);
    assert_eq!(sender.person, Some(Person::UserRef("U".to_owned())));
    let optin = event(r#"{"recipient":{"id":"104"},"optin":{"ref":"R","user_ref":"U"}}"#);
    assert_eq!(optin.person, Some(Person::UserRef("U".to_owned())));
    // When it happened is not said, so when it was posted.
    assert_eq!(optin.timestamp_ms, Some(1_458_692_752_478));
}

#[test]
fn several_pages_and_conversations_of_other_apps_come_in_one_post() {
    let events = parse(
        r#"{"object":"page","entry":[
        {"id":"1","time":1,"messaging":[{"message":{"mid":"a"}},{"message":{"mid":"b"}}]},
        {"id":2,"time":"2","standby":[{"message":{"mid":"c"}}],"hop_context":[]},
        {"id":"3","changes":[{"field":"message_template_status_update","value":{"event":"APPROVED",
            "message_template_name":"n","message_template_language":"en","reason":"NONE"}}]}]}"#,
    );
    let told: Vec<(&str, bool)> = events
        .iter()
        .map(|event| (&*event.page_id, event.is_standby))
        .collect();
    assert_eq!(
        told,
        [("1", false), ("1", false), ("2", true), ("3", false)]
    );
    assert!(matches!(
        events[3].kind,
        EventKind::Template { reason: None, .. }
    ));
}

#[test]
fn what_makes_no_sense_spoils_nothing_else() {
    let events = parse(
        r#"{"object":"page","entry":[7,["1",2,[]],{"messaging":{}},{"id":"1","messaging":[null,{"message":{"text":"no id"}},[],
        {"delivery":null},{"message":{"mid":"m"}}]}]}"#,
    );
    let odd = |event: &&MessengerEvent| event.kind == EventKind::Other;
    assert_eq!((events.len(), events.iter().filter(odd).count()), (8, 7));
    assert_eq!(events[0].raw.get(), "7");
}

#[test]
fn what_is_no_webhook_of_messengers_is_refused() {
    let refused = |raw: &str| parse_webhook(raw.as_bytes()).unwrap_err();
    for raw in ["", "<html>", r#"{"entry":["#] {
        assert!(matches!(refused(raw), WebhookError::NotJson(_)), "{raw}");
    }
    for raw in [
        "7",
        "[]",
        r#"["page",[],null,null]"#,
        r#"{"entry":{}}"#,
        r#"{"object":1,"entry":[]}"#,
    ] {
        assert!(matches!(refused(raw), WebhookError::Form), "{raw}");
    }
    for raw in ["{}", r#"{"object":"page"}"#] {
        assert!(matches!(refused(raw), WebhookError::Nameless), "{raw}");
    }
    let other = r#"{"object":"instagram","entry":[]}"#;
    assert!(matches!(refused(other), WebhookError::Object { object } if object == "instagram"));
}

#[test]
fn a_body_has_a_size_and_a_number_of_events() {
    let long = format!(
        r#"{{"object":"page","entry":[{}]}}"#,
        " ".repeat(WEBHOOK_BYTES_MAX)
    );
    let error = parse_webhook(long.as_bytes()).unwrap_err();
    assert!(matches!(error, WebhookError::TooLarge { .. }));
    let post = |count: usize| {
        let events = vec!["{}"; count].join(",");
        format!(r#"{{"object":"page","entry":[{{"messaging":[{events}]}}]}}"#)
    };
    assert_eq!(parse(&post(WEBHOOK_EVENTS_MAX)).len(), WEBHOOK_EVENTS_MAX);
    let entries = vec!["{}"; WEBHOOK_EVENTS_MAX + 1].join(",");
    for raw in [
        post(WEBHOOK_EVENTS_MAX + 1),
        format!(r#"{{"object":"page","entry":[{entries}]}}"#),
    ] {
        let error = parse_webhook(raw.as_bytes()).unwrap_err();
        assert!(matches!(error, WebhookError::TooManyEvents));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_taken_or_refused(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(parse_webhook(&raw));
    }

    /// Anything at all in the places where something is looked for.
    #[test]
    fn any_json_is_taken(value in crate::meta::any_json(&FIELDS), other in crate::meta::any_json(&FIELDS)) {
        let post = format!(r#"{{"object":"page","entry":[{{"id":{other},"time":{value},"messaging":[{value}],
            "standby":[{other}],"changes":[{{"field":"messages","value":{value}}},{other}]}},{value}]}}"#);
        let events = parse_webhook(post.as_bytes()).unwrap().events;
        // An entry may be empty; everything that is in one is an event.
        prop_assert!(events.len() >= 4);
        drop(parse_webhook(value.to_string().as_bytes()));
    }
}

const FIELDS: [&str; 20] = [
    "sender",
    "recipient",
    "id",
    "timestamp",
    "message",
    "mid",
    "is_echo",
    "postback",
    "delivery",
    "read",
    "watermark",
    "mids",
    "optin",
    "user_ref",
    "field",
    "value",
    "entry",
    "messaging",
    "changes",
    "policy_enforcement",
];
