//! Our requests beside those that other clients were seen to send, where somebody has these (see `meta_originals`).

use channels::{
    messenger::{
        self, Button, Message, MessageContent, MessagingType, UtilityParameter, UtilityTemplate,
    },
    whatsapp::{
        self, ButtonParameter, Header, Media, Parameter, ParameterValue, PhoneNumber, Recipient,
        TemplateContent, TemplateMessage, UserId,
    },
};
use serde_json::{Map, Value};

use crate::meta_originals::original;

/// The bodies of captured requests to a path that ends like this.
fn captured(ending: &str) -> Option<Vec<Value>> {
    let all = original("captured_real_client_requests.json")?;
    let bodies = all.as_array().unwrap().iter().filter_map(|request| {
        let path = request["path"].as_str().unwrap().split('?').next().unwrap();
        let body = request["body"].as_str().unwrap();
        path.ends_with(ending)
            .then(|| serde_json::from_str(body).unwrap())
    });
    Some(bodies.collect())
}

/// What means the same to Meta: upper case or lower, a number or a string, and what is absent by default.
fn same(value: &Value) -> Value {
    let object = |fields: &Map<String, Value>| {
        let kept = fields.iter().filter(|(name, value)| {
            let default = *name == "notification_type" && *value == "REGULAR";
            !default
                && !matches!(
                    name.as_str(),
                    "metadata" | "biz_opaque_callback_data" | "webview_height_ratio"
                )
        });
        kept.map(|(name, value)| {
            let value = match (name.as_str(), value) {
                ("type" | "sub_type", Value::String(word)) => Value::from(word.to_lowercase()),
                ("index", Value::Number(index)) => Value::from(index.to_string()),
                ("to", Value::String(number)) => Value::from(number.trim_start_matches('+')),
                (_, value) => same(value),
            };
            (name.clone(), value)
        })
        .collect()
    };
    match value {
        Value::Object(fields) => Value::Object(object(fields)),
        Value::Array(items) => Value::Array(items.iter().map(same).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn text(text: &str) -> Parameter {
    Parameter {
        name: None,
        value: ParameterValue::Text(text.to_owned()),
    }
}

fn promo(body: Vec<Parameter>) -> TemplateMessage {
    TemplateMessage {
        name: "seasonal_promo".to_owned(),
        language: "en_US".to_owned(),
        body,
        ..TemplateMessage::default()
    }
}

fn to_phone(number: &str) -> Recipient {
    Recipient::Phone(PhoneNumber::from_wa_id(number).unwrap())
}

fn template(message: &TemplateMessage) -> Value {
    let template = TemplateContent::try_new(message).unwrap();
    let body = whatsapp::send_body(&to_phone("16505551234"), &template, "b1:7").unwrap();
    serde_json::from_slice(&body).unwrap()
}

fn sent(psid: &str, messaging_type: MessagingType, content: MessageContent) -> Value {
    let person = messenger::Recipient::Psid(psid.to_owned());
    let message = Message {
        content,
        quick_replies: Vec::new(),
    };
    let body = messenger::send_body(&person, messaging_type, None, &message, "b1:7").unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[test]
fn whatsapp_templates_are_what_other_clients_send() {
    let Some(others) = captured("/106540352242922/messages") else {
        return;
    };
    let full = TemplateMessage {
        header: Some(Header::Image(Media::Link(
            "https://example.com/a.jpg".to_owned(),
        ))),
        buttons: vec![
            ButtonParameter::UrlSuffix {
                index: 0,
                suffix: "summer2023".to_owned(),
            },
            ButtonParameter::QuickReply {
                index: 1,
                payload: "UNSUB".to_owned(),
            },
        ],
        ..promo(vec![text("Pablo"), text("25OFF")])
    };
    let ours = [template(&full), template(&promo(vec![text("Pablo")]))];
    let theirs: Vec<Value> = others
        .iter()
        .filter(|it| it["type"] == "template")
        .map(same)
        .collect();
    assert_eq!(ours.iter().map(same).collect::<Vec<Value>>(), theirs);
    // The plus is there, whoever else leaves it out.
    assert_eq!(ours[0]["to"], "+16505551234");
}

#[test]
fn whatsapp_texts_are_what_other_clients_send() {
    let Some(others) = captured("/106540352242922/messages") else {
        return;
    };
    let body = whatsapp::text_body(&to_phone("16505551234"), "hello", "camp-1:rcpt-2").unwrap();
    let ours: Value = serde_json::from_slice(&body).unwrap();
    let theirs = others
        .iter()
        .find(|it| it["text"]["body"] == "hello")
        .unwrap();
    assert_eq!(same(&ours), same(theirs));
    assert_eq!(
        ours["biz_opaque_callback_data"],
        theirs["biz_opaque_callback_data"]
    );
    assert!(UserId::parse("US.13491208655302741918").is_some());
}

#[test]
fn messenger_messages_are_what_other_clients_send() {
    let Some(others) = captured("/me/messages") else {
        return;
    };
    let content = |text: &str| MessageContent::Text {
        text: text.to_owned(),
    };
    let card = messenger::Card {
        title: "Welcome!".to_owned(),
        subtitle: Some("s".to_owned()),
        image_url: Some("https://example.com/i.png".to_owned()),
        tap_url: None,
        buttons: vec![
            Button::Url {
                title: "View".to_owned(),
                url: "https://example.com".to_owned(),
            },
            Button::Postback {
                title: "Start".to_owned(),
                payload: "P".to_owned(),
            },
        ],
    };
    let update = MessagingType::Update;
    let psid = "1254459154682919";
    let ours = [
        sent(psid, update, content("hi")),
        sent("PSID_OUT", update, content("hi")),
        sent(psid, update, content("hello")),
        sent(psid, update, MessageContent::Cards(vec![card])),
        sent("PSID_OUT", update, content("x")),
    ];
    let theirs: Vec<Value> = others.iter().map(same).collect();
    assert_eq!(ours.iter().map(same).collect::<Vec<Value>>(), theirs);
}

#[test]
fn messenger_messages_are_what_meta_documents() {
    let (Some(generic), Some(positional)) = (
        original("fb_send_request_generic.json"),
        original("fb_send_request_utility_positional.json"),
    ) else {
        return;
    };
    let element = &generic["message"]["attachment"]["payload"]["elements"][0];
    let of = |pointer: &str| {
        element
            .pointer(pointer)
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    };
    let card = messenger::Card {
        title: of("/title"),
        subtitle: Some(of("/subtitle")),
        image_url: Some(of("/image_url")),
        tap_url: Some(of("/default_action/url")),
        buttons: vec![
            Button::Url {
                title: of("/buttons/0/title"),
                url: of("/buttons/0/url"),
            },
            Button::Postback {
                title: of("/buttons/1/title"),
                payload: of("/buttons/1/payload"),
            },
        ],
    };
    let ours = sent(
        "1",
        MessagingType::Update,
        MessageContent::Cards(vec![card]),
    );
    assert_eq!(same(&ours)["message"], same(&generic)["message"]);

    let parameter = |text: &str| UtilityParameter {
        name: None,
        text: text.to_owned(),
    };
    let template = UtilityTemplate {
        name: "jaspers_market_order_delivery_update_us".to_owned(),
        language: "en".to_owned(),
        header: vec![parameter("Order")],
        body: vec![parameter("566701")],
        buttons: Vec::new(),
    };
    let ours = sent(
        "2348927398743287",
        MessagingType::Utility,
        MessageContent::Utility(template),
    );
    assert_eq!(same(&ours)["message"], same(&positional)["message"]);
    assert_eq!(ours["recipient"], positional["recipient"]);
}

#[test]
fn every_documented_error_has_a_class() {
    let Some(errors) = original("fb_errors.json") else {
        return;
    };
    for (name, expected) in [
        ("outside_window_400", "skip_person window_closed"),
        ("user_unavailable_400", "skip_person unreachable"),
        ("no_matching_user_400", "skip_person address"),
        ("not_receiving_403", "skip_person unreachable"),
        ("token_190", "stop sender"),
        ("transient_2_500", "ambiguous"),
        ("page_buc_80001", "pause sender"),
    ] {
        let status = if name.ends_with("500") { 500 } else { 400 };
        let body = errors[name].to_string();
        let headers = reqwest::header::HeaderMap::new();
        let outcome = messenger::classify(MessagingType::Update, status, &headers, body.as_bytes());
        assert_eq!(told(&outcome), expected, "{name}");
    }
    for (name, expected) in [
        ("wa_error_130429_sync.json", "pause sender"),
        ("wa_error_100_mm_api_sync.json", "skip_person request"),
    ] {
        let body = original(name).unwrap().to_string();
        let headers = reqwest::header::HeaderMap::new();
        let outcome = whatsapp::classify(400, &headers, body.as_bytes());
        assert_eq!(told(&outcome), expected, "{name}");
    }
}

fn told(outcome: &channels::meta::Outcome) -> String {
    match outcome {
        channels::meta::Outcome::Refused(refusal) => refusal.action.to_string(),
        channels::meta::Outcome::Accepted(_)
        | channels::meta::Outcome::Ambiguous { .. }
        | channels::meta::Outcome::Unsent { .. } => outcome.class().to_owned(),
    }
}
