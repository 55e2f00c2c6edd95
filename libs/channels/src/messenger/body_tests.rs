use super::*;
use crate::{
    messenger::{
        Button, Card, Image, QuickReply, UtilityButton, UtilityParameter, UtilityTemplate,
    },
    meta::ContentError,
};

fn person() -> Recipient {
    Recipient::Psid("1254459154682919".to_owned())
}

fn plain(content: MessageContent) -> Message {
    Message {
        content,
        quick_replies: Vec::new(),
    }
}

fn hello() -> Message {
    let text = "hello".to_owned();
    plain(MessageContent::Text { text })
}

fn body(messaging_type: MessagingType, message: &Message) -> Value {
    let body = send_body(&person(), messaging_type, None, message, "b1:7").unwrap();
    serde_json::from_slice(&body).unwrap()
}

/// What other clients send has no metadata.
fn without_metadata(mut body: Value) -> Value {
    let message = body["message"].as_object_mut().unwrap();
    assert_eq!(message.remove("metadata"), Some(json!("b1:7")));
    body
}

fn parameter(text: &str) -> UtilityParameter {
    UtilityParameter {
        name: None,
        text: text.to_owned(),
    }
}

fn utility() -> Message {
    plain(MessageContent::Utility(UtilityTemplate {
        name: "order_update".to_owned(),
        language: "en".to_owned(),
        header: vec![parameter("Order")],
        body: vec![parameter("566701")],
        buttons: vec![
            UtilityButton::UrlSuffix("566701".to_owned()),
            UtilityButton::Postback {
                payload: "stop".to_owned(),
            },
        ],
    }))
}

#[test]
fn the_bytes_are_fixed() {
    let body = send_body(&person(), MessagingType::Update, None, &hello(), "b1:7").unwrap();
    assert_eq!(
        body,
        r#"{"message":{"metadata":"b1:7","text":"hello"},"messaging_type":"UPDATE","recipient":{"id":"1254459154682919"}}"#
    );
}

#[test]
fn a_text_is_what_other_clients_send() {
    assert_eq!(
        without_metadata(body(MessagingType::Update, &hello())),
        json!({"messaging_type": "UPDATE", "recipient": {"id": "1254459154682919"}, "message": {"text": "hello"}})
    );
    let with_push = send_body(
        &person(),
        MessagingType::Response,
        Some(Notification::Regular),
        &hello(),
        "b1:7",
    );
    let with_push: Value = serde_json::from_slice(&with_push.unwrap()).unwrap();
    assert_eq!(with_push["notification_type"], "REGULAR");
    assert_eq!(with_push["messaging_type"], "RESPONSE");
}

#[test]
fn a_card_is_what_other_clients_send() {
    let card = Card {
        title: "Welcome!".to_owned(),
        subtitle: Some("s".to_owned()),
        image_url: Some("https://example.com/i.png".to_owned()),
        tap_url: Some("https://example.com/".to_owned()),
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
    let body = body(
        MessagingType::Update,
        &plain(MessageContent::Cards(vec![card])),
    );
    assert_eq!(
        without_metadata(body)["message"],
        json!({"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": [
            {"title": "Welcome!", "subtitle": "s", "image_url": "https://example.com/i.png",
             "default_action": {"type": "web_url", "url": "https://example.com/"},
             "buttons": [{"type": "web_url", "url": "https://example.com", "title": "View"},
                         {"type": "postback", "title": "Start", "payload": "P"}]}]}}})
    );
}

#[test]
fn images_buttons_and_quick_replies_have_their_forms() {
    let id = "1857777774821032".to_owned();
    let image = Message {
        content: MessageContent::Image(Image::Attachment { id }),
        quick_replies: vec![QuickReply {
            title: "Yes".to_owned(),
            payload: "Y".to_owned(),
        }],
    };
    assert_eq!(
        without_metadata(body(MessagingType::Update, &image))["message"],
        json!({"attachment": {"type": "image", "payload": {"attachment_id": "1857777774821032"}},
               "quick_replies": [{"content_type": "text", "title": "Yes", "payload": "Y"}]})
    );
    let buttons = vec![Button::Postback {
        title: "Stop".to_owned(),
        payload: "S".to_owned(),
    }];
    let text = "Choose".to_owned();
    let buttons = plain(MessageContent::Buttons { text, buttons });
    assert_eq!(
        without_metadata(body(MessagingType::Update, &buttons))["message"],
        json!({"attachment": {"type": "template", "payload": {"template_type": "button", "text": "Choose",
               "buttons": [{"type": "postback", "title": "Stop", "payload": "S"}]}}})
    );
}

#[test]
fn a_utility_message_has_its_buttons_in_one_component() {
    assert_eq!(
        without_metadata(body(MessagingType::Utility, &utility())),
        json!({"recipient": {"id": "1254459154682919"}, "messaging_type": "UTILITY", "message": {"template": {
            "name": "order_update", "language": {"code": "en"}, "components": [
                {"type": "header", "parameters": [{"type": "text", "text": "Order"}]},
                {"type": "body", "parameters": [{"type": "text", "text": "566701"}]},
                {"type": "buttons", "parameters": [{"type": "URL", "url": "566701"}, {"type": "POSTBACK", "payload": "stop"}]}]}}})
    );
}

#[test]
fn a_tag_has_its_own_type() {
    for (tag, word) in [
        (Tag::ConfirmedEventUpdate, "CONFIRMED_EVENT_UPDATE"),
        (Tag::PostPurchaseUpdate, "POST_PURCHASE_UPDATE"),
        (Tag::AccountUpdate, "ACCOUNT_UPDATE"),
    ] {
        let body = body(MessagingType::Tagged(tag), &hello());
        assert_eq!(
            (&body["messaging_type"], &body["tag"]),
            (&json!("MESSAGE_TAG"), &json!(word))
        );
    }
}

#[test]
fn what_messenger_would_refuse_is_not_made() {
    let made = |recipient: &str, messaging_type, message: &Message, correlation: &str| {
        let recipient = Recipient::Psid(recipient.to_owned());
        send_body(&recipient, messaging_type, None, message, correlation).unwrap_err()
    };
    let update = MessagingType::Update;
    assert!(matches!(
        made("", update, &hello(), "c"),
        BodyError::Recipient { .. }
    ));
    assert!(matches!(
        made("1/../2", update, &hello(), "c"),
        BodyError::Recipient { .. }
    ));
    assert!(matches!(
        made("1", update, &hello(), ""),
        BodyError::Correlation { length: 0 }
    ));
    let long = "é".repeat(1_001);
    assert!(matches!(
        made("1", update, &hello(), &long),
        BodyError::Correlation { length: 1_001 }
    ));
    assert!(matches!(
        made("1", update, &utility(), "c"),
        BodyError::MessagingType
    ));
    assert!(matches!(
        made("1", MessagingType::Utility, &hello(), "c"),
        BodyError::MessagingType
    ));
    let text = String::new();
    let BodyError::Content(errors) = made("1", update, &plain(MessageContent::Text { text }), "c")
    else {
        panic!("the content is wrong");
    };
    let field = "text".to_owned();
    assert_eq!(errors.0, [ContentError::Empty { field }]);
}

#[test]
fn what_was_prepared_is_kept_as_text_and_sent_as_the_same_bytes() {
    let message = Message {
        content: MessageContent::Text {
            text: "hello".to_owned(),
        },
        quick_replies: Vec::new(),
    };
    let psid = Recipient::Psid("7".to_owned());
    for messaging_type in [
        MessagingType::Update,
        MessagingType::Response,
        MessagingType::Tagged(Tag::AccountUpdate),
    ] {
        let prepared = Prepared::try_new(messaging_type, None, &message).unwrap();
        let kept = Prepared::from_json(&prepared.to_json()).unwrap();
        assert_eq!(kept, prepared);
        assert_eq!(
            kept.body(&psid, "c").unwrap(),
            send_body(&psid, messaging_type, None, &message, "c").unwrap()
        );
    }
    for other in ["", "[]", "{}", r#"{"messaging_type":"UPDATE"}"#] {
        assert_eq!(Prepared::from_json(other), None);
    }
}
