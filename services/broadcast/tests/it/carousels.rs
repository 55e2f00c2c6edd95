//! Cards side by side, and quick replies.

use bootstrap::{Clock as _, SystemClock};
use events::common::Channel;
use proto::{
    broadcast::v1::{CreateBroadcastRequest, message::Content},
    common::v1::{
        Card, CardButton, Carousel, QuickReply, Template, TemplateButton, TemplateCard,
        TemplateHeader, card_button::Action, template_button::Value, template_header::Kind,
    },
    segmentation::v1::SubscriptionStatus,
};
use serde_json::{Value as Json, json};
use simulator::{PhoneSettings, TemplateSettings};
use tonic::Code;
use uuid::Uuid;

use crate::{
    app::{App, create},
    meta::{PHONE, app, message},
};

fn card(title: &str) -> Card {
    let button = |label: &str, action| CardButton {
        label: label.to_owned(),
        action: Some(action),
    };
    Card {
        title: title.to_owned(),
        text: "New this week".to_owned(),
        image_url: "https://shop.example/a.png".to_owned(),
        buttons: vec![
            button(
                "Look",
                Action::Url("{{https://shop.example/new}}".to_owned()),
            ),
            button("Later", Action::Payload("later".to_owned())),
        ],
    }
}

fn carousel(cards: Vec<Card>) -> CreateBroadcastRequest {
    let mut request = message(Content::Carousel(Carousel { cards }));
    request.messages[0].quick_replies = vec![QuickReply {
        label: "More".to_owned(),
        payload: "more".to_owned(),
    }];
    request
}

/// As the channel would get it, of a broadcast that nothing is found wrong with.
async fn shown(app: &App, address: &str, request: CreateBroadcastRequest) -> Json {
    let person = Uuid::from_u128(1);
    let subscribed = SubscriptionStatus::Subscribed;
    app.people
        .set(vec![(person, address.to_owned(), subscribed)]);
    app.people.wrote(person, SystemClock.now().timestamp() - 60);
    let broadcast_id = app.drafted(request).await;
    let preview = app.preview(&broadcast_id).await;
    assert!(preview.findings.is_empty(), "{:?}", preview.findings);
    serde_json::from_str(&preview.rendered_messages[0]).unwrap()
}

#[tokio::test]
async fn line_gets_a_carousel_that_it_says_is_valid() {
    let app = app(Channel::Line).await;
    let request = carousel(vec![card("First"), card("Second")]);
    let shown = shown(&app, "U05a99c00b975ff15c51fe48e9fac2f2a", request).await;
    let columns = shown["template"]["columns"].as_array().unwrap();
    let uris: Vec<&str> = columns
        .iter()
        .map(|column| column["actions"][0]["uri"].as_str().unwrap())
        .collect();
    assert!(uris[0].starts_with("https://links.example/r/"));
    assert_ne!(uris[0], uris[1], "each card's clicks are counted apart");
    let reply = &shown["quickReply"]["items"][0]["action"];
    assert_eq!(
        (&reply["label"], &reply["data"]),
        (&json!("More"), &json!("more"))
    );

    let bare = Card {
        image_url: String::new(),
        ..card("Second")
    };
    let refused = app
        .client()
        .create_broadcast(carousel(vec![card("First"), bare]))
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let told = "messages[0].template.columns[1].thumbnailImageUrl";
    assert!(refused.message().contains(told), "{refused}");
}

#[tokio::test]
async fn messenger_gets_elements_and_quick_replies() {
    let app = app(Channel::Messenger).await;
    let request = carousel(vec![card("First"), card("Second")]);
    let shown = shown(&app, "7000000001", request).await;
    let message = &shown["message"];
    let elements = &message["attachment"]["payload"]["elements"];
    assert_eq!(elements.as_array().unwrap().len(), 2);
    assert_eq!(elements[1]["title"], "Second");
    assert_eq!(message["quick_replies"][0]["payload"], "more");
}

#[tokio::test]
async fn whatsapp_gets_the_cards_of_a_template_with_as_many() {
    let app = app(Channel::Whatsapp).await;
    let approved = json!({"components": [
        {"type": "HEADER", "format": "IMAGE"},
        {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Look", "url": "https://links.example/r/{{1}}"}]},
    ]});
    let cards = TemplateSettings {
        components: vec![
            json!({"type": "BODY", "text": "New this week"}),
            json!({"type": "CAROUSEL", "cards": [approved, approved]}),
        ],
        ..TemplateSettings::marketing("cards", "en_US", "")
    };
    let phone = PhoneSettings {
        access_token: "token".to_owned(),
        app_secret: "secret".to_owned(),
        templates: vec![cards],
        ..PhoneSettings::default()
    };
    app.line.set_phone(PHONE, &phone).await.unwrap();
    let card = || TemplateCard {
        header: Some(TemplateHeader {
            kind: Some(Kind::ImageUrl("https://shop.example/a.png".to_owned())),
        }),
        body: Vec::new(),
        buttons: vec![TemplateButton {
            index: 0,
            value: Some(Value::UrlSuffix("{{https://shop.example/new}}".to_owned())),
        }],
    };
    let template = |cards| {
        message(Content::Template(Template {
            name: "cards".to_owned(),
            language: "en_US".to_owned(),
            cards,
            ..Template::default()
        }))
    };
    let shown = shown(&app, "+886912345678", template(vec![card(), card()])).await;
    let sent = shown["components"].as_array().unwrap();
    let sent = sent.iter().find(|part| part["type"] == "carousel").unwrap();
    assert_eq!(sent["cards"].as_array().unwrap().len(), 2);

    let long = app.drafted(template(vec![card(), card(), card()])).await;
    let preview = app.preview(&long).await;
    let codes: Vec<&str> = preview.findings.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, ["TEMPLATE_DOES_NOT_FIT"]);
}

#[tokio::test]
async fn whatsapp_has_no_quick_replies_of_our_own() {
    let app = app(Channel::Whatsapp).await;
    let mut request = message(Content::Template(Template {
        name: "spring".to_owned(),
        language: "zh_TW".to_owned(),
        ..Template::default()
    }));
    request.messages[0].quick_replies = create("x").messages[0].quick_replies.clone();
    request.messages[0]
        .quick_replies
        .push(QuickReply::default());
    let refused = app.client().create_broadcast(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("quick_replies"), "{refused}");
}
