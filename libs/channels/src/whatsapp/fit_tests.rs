use super::check_fits;
use crate::{
    meta::{
        Component, HeaderFormat, ParameterFormat, Quality, Template, TemplateButton,
        TemplateCategory, TemplateKey, TemplateStatus,
    },
    whatsapp::{ButtonParameter, Card, Header, Media, Parameter, ParameterValue, TemplateMessage},
};

fn body(text: &str) -> Component {
    let text = text.to_owned();
    Component::Body { text }
}

fn url_button() -> TemplateButton {
    TemplateButton::Url {
        text: "Shop".to_owned(),
        url: "https://example.com/{{1}}".to_owned(),
    }
}

fn template() -> Template {
    Template {
        id: "1".to_owned(),
        key: TemplateKey {
            name: "promo".to_owned(),
            language: "en_US".to_owned(),
        },
        status: TemplateStatus::Approved,
        category: TemplateCategory::Marketing,
        quality: Quality::Green,
        parameter_format: ParameterFormat::Positional,
        components: vec![
            Component::Header(HeaderFormat::Image),
            body("Hi {{1}}, use {{2}}, {{1}}!"),
            Component::Buttons(vec![
                url_button(),
                TemplateButton::QuickReply {
                    text: "Stop".to_owned(),
                },
            ]),
        ],
        rejected_reason: None,
    }
}

fn text(text: &str) -> Parameter {
    Parameter {
        name: None,
        value: ParameterValue::Text(text.to_owned()),
    }
}

fn message() -> TemplateMessage {
    TemplateMessage {
        name: "promo".to_owned(),
        language: "en_US".to_owned(),
        header: Some(Header::Image(Media::Id("1".to_owned()))),
        body: vec![text("Ann"), text("25OFF")],
        buttons: vec![ButtonParameter::UrlSuffix {
            index: 0,
            suffix: "x".to_owned(),
        }],
        cards: Vec::new(),
    }
}

fn told(template: &Template, message: &TemplateMessage) -> String {
    check_fits(template, message).unwrap_err().to_string()
}

#[test]
fn what_fits_is_taken() {
    check_fits(&template(), &message()).unwrap();
    // A quick reply may have a payload of our own.
    let mut replying = message();
    replying.buttons.push(ButtonParameter::QuickReply {
        index: 1,
        payload: "stop".to_owned(),
    });
    check_fits(&template(), &replying).unwrap();
    let named = Template {
        parameter_format: ParameterFormat::Named,
        components: vec![
            Component::Header(HeaderFormat::Text {
                text: "Sale".to_owned(),
            }),
            body("Hi {{name}}!"),
        ],
        ..template()
    };
    let parameter = Parameter {
        name: Some("name".to_owned()),
        ..text("Ann")
    };
    let filled = TemplateMessage {
        header: None,
        body: vec![parameter],
        buttons: Vec::new(),
        ..message()
    };
    check_fits(&named, &filled).unwrap();
    let positional = TemplateMessage {
        body: vec![text("Ann")],
        ..filled
    };
    assert_eq!(
        told(&named, &positional),
        "body[0] is \"\", not one of name"
    );
}

#[test]
fn what_does_not_fit_is_named() {
    for (message, expected) in [
        (
            TemplateMessage {
                language: "de".to_owned(),
                ..message()
            },
            "template.language.code is \"de\", not en_US",
        ),
        (
            TemplateMessage {
                header: None,
                ..message()
            },
            "header is \"none\", not image",
        ),
        (
            TemplateMessage {
                header: Some(Header::Video(Media::Id("1".to_owned()))),
                ..message()
            },
            "header is \"video\", not image",
        ),
        (
            TemplateMessage {
                body: vec![text("Ann")],
                ..message()
            },
            "body must be 2 to 2, not 1",
        ),
        (
            TemplateMessage {
                buttons: Vec::new(),
                ..message()
            },
            "buttons for button 0 must be 1 to 1, not 0",
        ),
        (
            TemplateMessage {
                body: vec![text(&"x".repeat(510)), text("25OFF")],
                ..message()
            },
            "body has 1037 characters, more than 1024",
        ),
    ] {
        assert_eq!(told(&template(), &message), expected);
    }
    let wrong = vec![
        ButtonParameter::UrlSuffix {
            index: 0,
            suffix: "x".to_owned(),
        },
        ButtonParameter::CopyCode {
            index: 1,
            code: "X".to_owned(),
        },
        ButtonParameter::QuickReply {
            index: 2,
            payload: "p".to_owned(),
        },
    ];
    assert_eq!(
        told(
            &template(),
            &TemplateMessage {
                buttons: wrong,
                ..message()
            }
        ),
        "buttons[1] is \"copy_code\", not quick_reply; buttons[2] is \"quick_reply\", not absent"
    );
}

#[test]
fn a_carousel_has_as_many_cards_as_were_approved() {
    let card = || {
        vec![
            Component::Header(HeaderFormat::Image),
            body("{{1}} off"),
            Component::Buttons(vec![url_button()]),
        ]
    };
    let carousel = Template {
        components: vec![
            body("Look"),
            Component::Carousel(vec![card(), card(), card()]),
        ],
        ..template()
    };
    let filled = Card {
        header: Some(Header::Image(Media::Id("1".to_owned()))),
        body: vec![text("10%")],
        buttons: vec![ButtonParameter::UrlSuffix {
            index: 0,
            suffix: "x".to_owned(),
        }],
    };
    let of = |cards| TemplateMessage {
        header: None,
        body: Vec::new(),
        buttons: Vec::new(),
        cards,
        ..message()
    };
    check_fits(&carousel, &of(vec![filled.clone(); 3])).unwrap();
    assert_eq!(
        told(&carousel, &of(vec![filled.clone(); 2])),
        "cards must be 3 to 3, not 2"
    );
    let odd = Card {
        body: Vec::new(),
        ..filled.clone()
    };
    assert_eq!(
        told(&carousel, &of(vec![filled.clone(), odd, filled])),
        "cards[1].body must be 1 to 1, not 0"
    );
}
