use super::*;
use crate::whatsapp::{ButtonParameter, Card, Header, Media, Parameter, ParameterValue};

fn phone() -> Recipient {
    Recipient::Phone(PhoneNumber::parse("+1 650 253 0000", None).unwrap())
}

fn text(text: &str) -> Parameter {
    Parameter {
        name: None,
        value: ParameterValue::Text(text.to_owned()),
    }
}

fn promo() -> TemplateMessage {
    TemplateMessage {
        name: "seasonal_promo".to_owned(),
        language: "en_US".to_owned(),
        header: Some(Header::Image(Media::Link(
            "https://example.com/a.jpg".to_owned(),
        ))),
        body: vec![text("Pablo"), text("25OFF")],
        buttons: vec![
            ButtonParameter::UrlSuffix {
                index: 0,
                suffix: "summer".to_owned(),
            },
            ButtonParameter::QuickReply {
                index: 1,
                payload: "UNSUB".to_owned(),
            },
        ],
        cards: Vec::new(),
    }
}

fn body_of(message: &TemplateMessage) -> Value {
    let template = TemplateContent::try_new(message).unwrap();
    serde_json::from_slice(&send_body(&phone(), &template, "b1:7").unwrap()).unwrap()
}

#[test]
fn a_template_is_what_other_clients_send() {
    assert_eq!(
        body_of(&promo()),
        json!({"messaging_product": "whatsapp", "recipient_type": "individual", "type": "template", "to": "+16502530000",
            "biz_opaque_callback_data": "b1:7",
            "template": {"name": "seasonal_promo", "language": {"code": "en_US"}, "components": [
                {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://example.com/a.jpg"}}]},
                {"type": "body", "parameters": [{"type": "text", "text": "Pablo"}, {"type": "text", "text": "25OFF"}]},
                {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "summer"}]},
                {"type": "button", "sub_type": "quick_reply", "index": "1", "parameters": [{"type": "payload", "payload": "UNSUB"}]}]}})
    );
}

#[test]
fn a_template_without_parameters_has_no_components() {
    let hello = TemplateMessage {
        name: "hello_world".to_owned(),
        language: "en".to_owned(),
        ..TemplateMessage::default()
    };
    let expected = json!({"name": "hello_world", "language": {"code": "en"}});
    assert_eq!(body_of(&hello)["template"], expected);
}

#[test]
fn a_carousel_counts_its_cards() {
    let card = |id: &str| Card {
        header: Some(Header::Image(Media::Id(id.to_owned()))),
        body: vec![text("10%")],
        buttons: vec![ButtonParameter::UrlSuffix {
            index: 1,
            suffix: "BLUE".to_owned(),
        }],
    };
    let carousel = TemplateMessage {
        header: None,
        buttons: Vec::new(),
        cards: vec![card("11"), card("22")],
        ..promo()
    };
    let components = &body_of(&carousel)["template"]["components"];
    let card = |index, id| {
        json!({"card_index": index, "components": [
            {"type": "header", "parameters": [{"type": "image", "image": {"id": id}}]},
            {"type": "body", "parameters": [{"type": "text", "text": "10%"}]},
            {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "BLUE"}]}]})
    };
    assert_eq!(
        components[1],
        json!({"type": "carousel", "cards": [card(0, "11"), card(1, "22")]})
    );
}

#[test]
fn parameters_may_have_names_and_formats() {
    let message = TemplateMessage {
        header: Some(Header::Document {
            media: Media::Id("5".to_owned()),
            filename: Some("a.pdf".to_owned()),
        }),
        body: vec![
            Parameter {
                name: Some("first_name".to_owned()),
                ..text("Pablo")
            },
            Parameter {
                name: None,
                value: ParameterValue::Currency {
                    fallback: "$25.00".to_owned(),
                    code: "USD".to_owned(),
                    amount_1000: 25_000,
                },
            },
            Parameter {
                name: None,
                value: ParameterValue::DateTime {
                    fallback: "1 May".to_owned(),
                },
            },
        ],
        buttons: vec![ButtonParameter::CopyCode {
            index: 0,
            code: "25OFF".to_owned(),
        }],
        ..promo()
    };
    assert_eq!(
        body_of(&message)["template"]["components"],
        json!([
            {"type": "header", "parameters": [{"type": "document", "document": {"id": "5", "filename": "a.pdf"}}]},
            {"type": "body", "parameters": [
                {"type": "text", "parameter_name": "first_name", "text": "Pablo"},
                {"type": "currency", "currency": {"fallback_value": "$25.00", "code": "USD", "amount_1000": 25_000}},
                {"type": "date_time", "date_time": {"fallback_value": "1 May"}}]},
            {"type": "button", "sub_type": "copy_code", "index": "0", "parameters": [{"type": "coupon_code", "coupon_code": "25OFF"}]}])
    );
}

#[test]
fn a_person_without_a_number_is_sent_to_by_user_id() {
    let user = Recipient::User(UserId::parse("US.13491208655302741918").unwrap());
    let body = text_body(&user, "hello", "b1:7").unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&body).unwrap(),
        json!({"messaging_product": "whatsapp", "recipient_type": "individual", "type": "text", "recipient": "US.13491208655302741918",
            "biz_opaque_callback_data": "b1:7", "text": {"body": "hello", "preview_url": false}})
    );
    for odd in [
        "",
        "US",
        "US.",
        "us.1",
        "USA.1",
        "+16502530000",
        "US.1/2",
        &format!("US.{}", "1".repeat(150)),
    ] {
        assert_eq!(UserId::parse(odd), None, "{odd}");
    }
    assert!(UserId::parse("US.ENT.11815799212886844830").is_some());
}

fn told(message: &TemplateMessage) -> String {
    TemplateContent::try_new(message).unwrap_err().to_string()
}

#[test]
fn a_wrong_name_or_language_is_named_with_its_limit_and_value() {
    let named = |name: &str| TemplateMessage {
        name: name.to_owned(),
        ..promo()
    };
    for (message, expected) in [
        (
            named("Promo"),
            "template.name is \"Promo\", not lower-case letters, digits and underscores",
        ),
        (
            named(&"a".repeat(513)),
            "template.name has 513 characters, more than 512",
        ),
        (named(""), "template.name is empty"),
    ] {
        assert_eq!(told(&message), expected);
    }
    let language = "english".to_owned();
    assert_eq!(
        told(&TemplateMessage {
            language,
            ..promo()
        }),
        "template.language.code is \"english\", not a language like en_US"
    );
}

#[test]
fn each_wrong_parameter_is_named_with_its_limit_and_value() {
    let header = |header| TemplateMessage {
        header: Some(header),
        ..promo()
    };
    let body = |body| TemplateMessage { body, ..promo() };
    let cards = |cards| TemplateMessage { cards, ..promo() };
    let card = |text| Card {
        body: vec![text],
        ..Card::default()
    };
    let ftp = || Media::Link("ftp://a".to_owned());
    for (message, expected) in [
        (
            header(Header::Text(text(&"x".repeat(61)))),
            "header has 61 characters, more than 60",
        ),
        (
            header(Header::Video(ftp())),
            "header.link is not an https address in ASCII: ftp://a",
        ),
        (
            body(vec![text("a"), text(&"字".repeat(1_025))]),
            "body[1] has 1025 characters, more than 1024",
        ),
        (body(vec![text("")]), "body[0] is empty"),
        (cards(vec![Card::default()]), "cards must be 2 to 10, not 1"),
        (
            cards(vec![Card::default(); 11]),
            "cards must be 2 to 10, not 11",
        ),
        (
            cards(vec![card(text("a")), card(text(&"x".repeat(161)))]),
            "cards[1].body[0] has 161 characters, more than 160",
        ),
    ] {
        assert_eq!(told(&message), expected);
    }
}

#[test]
fn each_wrong_button_is_named_with_its_limit_and_value() {
    let buttons = |buttons| TemplateMessage { buttons, ..promo() };
    let reply = |index, payload: &str| ButtonParameter::QuickReply {
        index,
        payload: payload.to_owned(),
    };
    let code = |code: String| ButtonParameter::CopyCode { index: 0, code };
    for (message, expected) in [
        (
            buttons(vec![code("x".repeat(21))]),
            "buttons[0] has 21 characters, more than 20",
        ),
        (
            buttons(vec![reply(10, "p")]),
            "buttons[0].index is \"10\", not 0 to 9",
        ),
        (buttons(vec![reply(0, "")]), "buttons[0] is empty"),
        (
            buttons(vec![reply(0, "p"); 11]),
            "buttons must be 0 to 10, not 11",
        ),
    ] {
        assert_eq!(told(&message), expected);
    }
}

#[test]
fn a_correlation_and_a_text_have_their_limits() {
    let template = TemplateContent::try_new(&promo()).unwrap();
    for (correlation, length) in [("", 0), (&*"é".repeat(513), 513)] {
        let error = send_body(&phone(), &template, correlation).unwrap_err();
        assert!(matches!(error, BodyError::Correlation { length: told } if told == length));
    }
    let error = text_body(&phone(), &"x".repeat(4_097), "c").unwrap_err();
    assert_eq!(
        error.to_string(),
        "text.body has 4097 characters, more than 4096"
    );
}
