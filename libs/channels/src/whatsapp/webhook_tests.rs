use proptest::prelude::*;

use super::*;
use crate::whatsapp::{StatusKind, SystemChange};

fn parse(json: &str) -> Vec<WhatsAppEvent> {
    parse_webhook(json.as_bytes()).unwrap().events
}

fn change(field: &str, value: &str) -> Vec<WhatsAppEvent> {
    parse(&format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"102","time":1750000000,
        "changes":[{{"field":"{field}","value":{value}}}]}}]}}"#
    ))
}

/// The lists of one number's change.
fn lists(lists: &str) -> Vec<WhatsAppEvent> {
    change(
        "messages",
        &format!(
            r#"{{"messaging_product":"whatsapp","metadata":{{"phone_number_id":"106"}},{lists}}}"#
        ),
    )
}

fn only(mut events: Vec<WhatsAppEvent>) -> WhatsAppEvent {
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn status(fields: &str) -> Status {
    let statuses = format!(r#""statuses":[{{"id":"wamid.1",{fields}}}]"#);
    let EventKind::Status(status) = only(lists(&statuses)).kind else {
        panic!("{fields}");
    };
    status
}

#[test]
fn a_status_is_read_and_kept_as_it_came() {
    let json = r#"{"id":"wamid.1", "status":"delivered","timestamp":"1750030073","recipient_id":"886912345678","new":{},
        "biz_opaque_callback_data":"b1:7","pricing":{"billable":true,"pricing_model":"PMP","type":"regular","category":"marketing"}}"#;
    let event = only(lists(&format!(r#""statuses":[{json}]"#)));
    assert_eq!(
        (&*event.waba_id, event.phone_number_id.as_deref()),
        ("102", Some("106"))
    );
    assert_eq!(event.timestamp_ms, Some(1_750_030_073_000));
    assert_eq!(event.raw.get(), json);
    let person = event.person.unwrap();
    assert_eq!(
        (person.wa_id.as_deref(), person.user_id),
        (Some("886912345678"), None)
    );
    let EventKind::Status(status) = event.kind else {
        panic!("it is a status");
    };
    assert_eq!(status.kind, StatusKind::Delivered);
    assert_eq!(status.correlation.as_deref(), Some("b1:7"));
    let pricing = status.pricing.unwrap();
    assert_eq!(pricing.category.as_deref(), Some("marketing"));
    assert_eq!(
        (pricing.kind.as_deref(), pricing.is_billable),
        (Some("regular"), Some(true))
    );
}

#[test]
fn a_failure_tells_its_code() {
    let failed = status(
        r#""status":"failed","errors":[{"code":131049,"title":"T","message":"M","error_data":{"details":"D"}},{"title":"no code"}]"#,
    );
    assert_eq!(failed.kind, StatusKind::Failed);
    let [error] = &*failed.errors else {
        panic!("{failed:?}");
    };
    assert_eq!((error.code, error.details.as_deref()), (131_049, Some("D")));
    let kind = StatusKind::Other("deleted".to_owned());
    assert_eq!(status(r#""status":"deleted""#).kind, kind);
}

#[test]
fn many_statuses_come_in_one_post_each_for_its_person() {
    let events = lists(
        r#""contacts":[{"wa_id":"1","user_id":"US.1"},{"wa_id":"2","user_id":"US.2","profile":{"name":"Ann"}}],
        "statuses":[{"id":"a","status":"sent","recipient_id":"2"},{"id":"b","status":"read","recipient_id":"1"},
                    {"id":"a","status":"sent","recipient_id":"2"},{"status":"no id"}],"messages":[],"errors":null"#,
    );
    // `errors` is no list, so the change as a whole is of no kind.
    assert_eq!(events.len(), 1);
    let events = lists(
        r#""contacts":[{"wa_id":"1","user_id":"US.1"},{"wa_id":"2","user_id":"US.2","profile":{"name":"Ann"}}],
        "statuses":[{"id":"a","status":"sent","recipient_id":"2"},{"id":"b","status":"read","recipient_id":"1"},
                    {"id":"a","status":"sent","recipient_id":"2"},{"status":"no id"}],"messages":[]"#,
    );
    let user = |index: usize| events[index].person.as_ref()?.user_id.clone();
    assert_eq!(
        (user(0), user(1)),
        (Some("US.2".to_owned()), Some("US.1".to_owned()))
    );
    assert_eq!(
        events[0].person.as_ref().unwrap().name.as_deref(),
        Some("Ann")
    );
    assert_eq!(events[0].kind, events[2].kind);
    let field = "status".to_owned();
    assert_eq!(events[3].kind, EventKind::Other { field });
}

#[test]
fn a_person_may_have_no_number() {
    let event = only(lists(
        r#""contacts":[{"profile":{"name":"Ann"},"wa_id":"","user_id":"US.1","parent_user_id":"US.ENT.2"}],
        "messages":[{"from_user_id":"US.1","id":"wamid.1","timestamp":"1750016800","type":"text","text":{"body":"hi"}}]"#,
    ));
    let person = event.person.unwrap();
    assert_eq!(
        (person.wa_id, person.user_id.as_deref()),
        (None, Some("US.1"))
    );
    assert_eq!(person.parent_user_id.as_deref(), Some("US.ENT.2"));
    assert_eq!(person.name.as_deref(), Some("Ann"));
}

#[test]
fn messages_have_their_kinds() {
    let message = |fields: &str| {
        let event = only(lists(&format!(
            r#""messages":[{{"from":"1","id":"wamid.2","timestamp":"1",{fields}}}]"#
        )));
        let EventKind::Message { message, .. } = event.kind else {
            panic!("{fields}");
        };
        message
    };
    let text = |text: &str| Some(text.to_owned());
    let body = "hi".to_owned();
    assert_eq!(
        message(r#""type":"text","text":{"body":"hi"}"#),
        MessageKind::Text { body }
    );
    assert_eq!(
        message(r#""type":"button","button":{"payload":"P","text":"Stop"}"#),
        MessageKind::Button {
            payload: text("P"),
            text: text("Stop")
        }
    );
    assert_eq!(
        message(
            r#""type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"I","title":"T"}}"#
        ),
        MessageKind::Interactive {
            id: text("I"),
            title: text("T")
        }
    );
    assert_eq!(
        message(r#""type":"image","image":{"id":"1","caption":"C"}"#),
        MessageKind::Media {
            media_type: "image".to_owned(),
            caption: text("C")
        }
    );
    assert_eq!(
        message(r#""type":"revoke","revoke":{"original_message_id":"wamid.1"}"#),
        MessageKind::Revoke {
            message_id: text("wamid.1")
        }
    );
    assert_eq!(
        message(r#""type":"reaction","reaction":{"message_id":"wamid.1","emoji":""}"#),
        MessageKind::Reaction {
            message_id: text("wamid.1"),
            emoji: None
        }
    );
    let message_type = "hologram".to_owned();
    assert_eq!(
        message(r#""type":"hologram""#),
        MessageKind::Other { message_type }
    );
}

#[test]
fn a_press_of_a_button_names_the_message_that_had_it() {
    let event = only(lists(
        r#""messages":[{"from":"1","id":"wamid.2","type":"button","button":{},"context":{"from":"9","id":"wamid.1"}}]"#,
    ));
    let EventKind::Message { context_id, .. } = event.kind else {
        panic!("it is a message");
    };
    assert_eq!(context_id.as_deref(), Some("wamid.1"));
}

#[test]
fn a_person_may_change() {
    let system = |fields: &str| {
        let event = only(lists(&format!(
            r#""messages":[{{"from":"1","id":"wamid.2","type":"system","system":{{{fields}}}}}]"#
        )));
        let EventKind::Message {
            message: MessageKind::System(change),
            ..
        } = event.kind
        else {
            panic!("{fields}");
        };
        change
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        system(r#""type":"user_changed_number","wa_id":"2","user_id":"US.2""#),
        SystemChange::Number {
            wa_id: text("2"),
            user_id: text("US.2")
        }
    );
    assert_eq!(
        system(r#""type":"user_changed_user_id","user_id":"US.2""#),
        SystemChange::UserId {
            user_id: text("US.2")
        }
    );
    assert_eq!(
        system(r#""type":"customer_identity_changed""#),
        SystemChange::Identity
    );
    let change = "new".to_owned();
    assert_eq!(system(r#""type":"new""#), SystemChange::Other { change });
}

#[test]
fn a_person_may_want_no_more_marketing() {
    let preference = |value: &str| {
        let value = format!(
            r#"{{"metadata":{{"phone_number_id":"106"}},"contacts":[{{"wa_id":"1","user_id":"US.1"}}],
            "user_preferences":[{{"wa_id":"1","category":"marketing_messages","value":"{value}","timestamp":1750000001}}]}}"#
        );
        only(change("user_preferences", &value))
    };
    let stop = preference("stop");
    assert_eq!(stop.timestamp_ms, Some(1_750_000_001_000));
    assert_eq!(stop.person.unwrap().user_id.as_deref(), Some("US.1"));
    for (word, value) in [
        ("stop", Preference::Stop),
        ("resume", Preference::Resume),
        ("signup", Preference::Other),
    ] {
        let category = "marketing_messages".to_owned();
        let expected = EventKind::Preference { category, value };
        assert_eq!(preference(word).kind, expected);
    }
}

#[test]
fn a_template_is_named_as_in_the_catalogue() {
    let kind = |field: &str, fields: &str| {
        let value = format!(
            r#"{{"message_template_id":1,"message_template_name":"promo","message_template_language":"en-US",{fields}}}"#
        );
        only(change(field, &value)).kind
    };
    let key = || TemplateKey {
        name: "promo".to_owned(),
        language: "en_US".to_owned(),
    };
    let paused = r#""event":"PAUSED","reason":"NONE","other_info":{"title":"FIRST_PAUSE"}"#;
    assert_eq!(
        kind("message_template_status_update", paused),
        EventKind::TemplateStatus {
            key: key(),
            status: TemplateStatus::Paused,
            reason: None,
            title: Some("FIRST_PAUSE".to_owned()),
        }
    );
    let quality = EventKind::TemplateQuality {
        key: key(),
        quality: Quality::Red,
    };
    let red = r#""previous_quality_score":"GREEN","new_quality_score":"RED""#;
    assert_eq!(kind("message_template_quality_update", red), quality);
    // One of Meta's own examples has it under this name.
    assert_eq!(kind("message_template_status_update", red), quality);
    let category = TemplateCategory::Marketing;
    assert_eq!(
        kind("template_category_update", r#""new_category":"MARKETING""#),
        EventKind::TemplateCategory {
            key: key(),
            category
        }
    );
}

#[test]
fn a_portfolio_has_its_limit_as_a_number_or_a_tier() {
    for (limit, people_per_day) in [
        ("2000", Some(2_000)),
        (r#""TIER_250""#, Some(250)),
        (r#""TIER_10K""#, Some(10_000)),
        (r#""TIER_UNLIMITED""#, Some(-1)),
        ("-1", Some(-1)),
        (r#""?""#, None),
    ] {
        let value = format!(r#"{{"max_daily_conversations_per_business":{limit}}}"#);
        let event = only(change("business_capability_update", &value));
        assert_eq!(
            event.kind,
            EventKind::Capability { people_per_day },
            "{limit}"
        );
        assert_eq!(event.timestamp_ms, Some(1_750_000_000_000));
    }
}

#[test]
fn an_account_may_be_restricted() {
    let event = only(change(
        "account_update",
        r#"{"event":"ACCOUNT_RESTRICTION","restriction_info":[{"restriction_type":"R","expiration":1641330498},{}]}"#,
    ));
    let EventKind::Account {
        event,
        restrictions,
        ..
    } = event.kind
    else {
        panic!("it is about the account");
    };
    assert_eq!(event, "ACCOUNT_RESTRICTION");
    let expires_ms = Some(1_641_330_498_000);
    assert_eq!(
        restrictions,
        [Restriction {
            kind: "R".to_owned(),
            expires_ms
        }]
    );
}

#[test]
fn what_makes_no_sense_spoils_nothing_else() {
    let events = parse(
        r#"{"entry":[7,["1",2,[]],{"id":"1","changes":[null,{"field":"messages"},{"value":{}},{"field":"new_field","value":[]},
        {"field":"messages","value":{"statuses":[null,{"id":"a","status":"sent"}]}}]}]}"#,
    );
    let odd = |event: &&WhatsAppEvent| matches!(event.kind, EventKind::Other { .. });
    assert_eq!((events.len(), events.iter().filter(odd).count()), (8, 7));
    let field = "new_field".to_owned();
    assert_eq!(events[5].kind, EventKind::Other { field });
}

#[test]
fn what_is_no_webhook_of_whatsapps_is_refused() {
    let refused = |raw: &str| parse_webhook(raw.as_bytes()).unwrap_err();
    for raw in ["", "<html>", r#"{"entry":["#] {
        assert!(matches!(refused(raw), WebhookError::NotJson(_)), "{raw}");
    }
    for raw in [
        "7",
        "[]",
        r#"["whatsapp_business_account",[],null,null]"#,
        r#"{"entry":{}}"#,
        r#"{"object":1,"entry":[]}"#,
    ] {
        assert!(matches!(refused(raw), WebhookError::Form), "{raw}");
    }
    assert!(matches!(refused("{}"), WebhookError::Nameless));
    let other = r#"{"object":"page","entry":[]}"#;
    assert!(matches!(refused(other), WebhookError::Object { object } if object == "page"));
}

#[test]
fn a_body_has_a_size_and_a_number_of_events() {
    let long = format!(r#"{{"entry":[{}]}}"#, " ".repeat(WEBHOOK_BYTES_MAX));
    let error = parse_webhook(long.as_bytes()).unwrap_err();
    assert!(matches!(error, WebhookError::TooLarge { .. }));
    let post = |count: usize| {
        let statuses = vec!["{}"; count].join(",");
        format!(
            r#"{{"entry":[{{"changes":[{{"field":"messages","value":{{"statuses":[{statuses}]}}}}]}}]}}"#
        )
    };
    assert_eq!(parse(&post(WEBHOOK_EVENTS_MAX)).len(), WEBHOOK_EVENTS_MAX);
    let error = parse_webhook(post(WEBHOOK_EVENTS_MAX + 1).as_bytes()).unwrap_err();
    assert!(matches!(error, WebhookError::TooManyEvents));
}

proptest! {
    #[test]
    fn any_bytes_are_taken_or_refused(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(parse_webhook(&raw));
    }

    /// Anything at all in the places where something is looked for.
    #[test]
    fn any_json_is_taken(
        value in crate::meta::any_json(&FIELDS),
        other in crate::meta::any_json(&FIELDS),
        field in 0..NAMES.len(),
    ) {
        let field = NAMES[field];
        let post = format!(r#"{{"entry":[{{"id":{other},"time":{value},"changes":[{{"field":"{field}","value":{value}}},
            {{"field":"messages","value":{{"metadata":{other},"contacts":[{other}],"statuses":[{value}],"messages":[{value}],
            "errors":[{other}],"user_preferences":[{value}]}}}},{other}]}},{value}]}}"#);
        let events = parse_webhook(post.as_bytes()).unwrap().events;
        prop_assert!(events.len() >= 5);
        drop(parse_webhook(value.to_string().as_bytes()));
    }
}

const NAMES: [&str; 8] = [
    "messages",
    "user_preferences",
    "message_template_status_update",
    "template_category_update",
    "phone_number_quality_update",
    "business_capability_update",
    "account_update",
    "account_alerts",
];

const FIELDS: [&str; 24] = [
    "id",
    "status",
    "timestamp",
    "recipient_id",
    "errors",
    "code",
    "pricing",
    "contacts",
    "wa_id",
    "user_id",
    "messages",
    "from",
    "type",
    "system",
    "text",
    "button",
    "interactive",
    "metadata",
    "event",
    "message_template_name",
    "message_template_language",
    "new_quality_score",
    "restriction_info",
    "max_daily_conversations_per_business",
];
