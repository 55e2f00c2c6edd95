//! Broadcasts over Messenger and WhatsApp, as far as the channel has not been called for anybody yet.

use bootstrap::{Clock as _, SystemClock};
use events::{BroadcastLogEvent, broadcasts::ExclusionReason, common::Channel};
use proto::{
    broadcast::v1::{
        CreateBroadcastRequest, Exclusion, ImageMessage, ListTemplatesRequest, Message,
        TemplateCategory, TemplateQuality, TemplateStatus, TextMessage, message::Content,
    },
    common::v1::{
        Card, CardButton, Template, TemplateButton, TemplateParameter, card_button::Action,
        template_button::Value,
    },
    segmentation::v1::SubscriptionStatus,
};
use simulator::{PageSettings, PhoneSettings, TemplateSettings};
use test_support::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::app::{ACCOUNT, App, create};

pub(crate) const PAGE: &str = "1020304050";
pub(crate) const PHONE: &str = "109876543210";

pub(crate) async fn app(channel: Channel) -> App {
    let app = App::start().await;
    let page = PageSettings {
        access_token: "token".to_owned(),
        app_secret: "secret".to_owned(),
        templates: vec![
            utility("shipped", "APPROVED"),
            utility("refused", "REJECTED"),
        ],
        ..PageSettings::default()
    };
    app.line.set_page(PAGE, &page).await.unwrap();
    let with_link = TemplateSettings {
        components: vec![
            serde_json::json!({"type": "BODY", "text": "春天來了，{{1}}！"}),
            serde_json::json!({"type": "BUTTONS", "buttons": [
                {"type": "URL", "text": "去看", "url": "https://links.example/r/{{1}}"}]}),
        ],
        ..TemplateSettings::marketing("spring", "zh_TW", "")
    };
    let phone = PhoneSettings {
        access_token: "token".to_owned(),
        app_secret: "secret".to_owned(),
        templates: vec![with_link],
        ..PhoneSettings::default()
    };
    app.line.set_phone(PHONE, &phone).await.unwrap();
    let id = if channel == Channel::Messenger {
        PAGE
    } else {
        PHONE
    };
    sqlx::query("UPDATE accounts SET channel = $1, channel_account_id = $2")
        .bind(i32::from(channel))
        .bind(id)
        .execute(&app.pool)
        .await
        .unwrap();
    app
}

fn utility(name: &str, status: &str) -> TemplateSettings {
    TemplateSettings {
        category: "UTILITY".to_owned(),
        status: status.to_owned(),
        ..TemplateSettings::marketing(name, "en_US", "Your order {{1}} has left us.")
    }
}

pub(crate) fn message(content: Content) -> CreateBroadcastRequest {
    CreateBroadcastRequest {
        request_id: Uuid::new_v4().to_string(),
        account_id: ACCOUNT.to_string(),
        name: "Spring".to_owned(),
        audience: None,
        messages: vec![Message {
            content: Some(content),
            ..Message::default()
        }],
        personal_links: false,
    }
}

fn template(name: &str, language: &str, body: &[&str]) -> Template {
    let body = body.iter().map(|text| TemplateParameter {
        name: String::new(),
        text: (*text).to_owned(),
    });
    Template {
        name: name.to_owned(),
        language: language.to_owned(),
        body: body.collect(),
        ..Template::default()
    }
}

impl App {
    pub(crate) async fn drafted(&self, request: CreateBroadcastRequest) -> String {
        let created = self.client().create_broadcast(request).await.unwrap();
        created.into_inner().broadcast.unwrap().broadcast_id
    }

    pub(crate) async fn refused(&self, content: Content) -> String {
        let refused = self.client().create_broadcast(message(content)).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        refused.message().to_owned()
    }

    async fn codes(&self, request: CreateBroadcastRequest) -> Vec<String> {
        let broadcast_id = self.drafted(request).await;
        let preview = self.preview(&broadcast_id).await;
        let findings = preview.findings.into_iter();
        findings.map(|finding| finding.code).collect()
    }
}

#[tokio::test]
async fn messenger_reaches_those_who_wrote_within_a_day_and_says_who_did_not() {
    let app = app(Channel::Messenger).await;
    let now = SystemClock.now().timestamp();
    let people = (1..=5_u128).map(|id| {
        let address = format!("{}", 7_000_000_000 + id);
        (Uuid::from_u128(id), address, SubscriptionStatus::Subscribed)
    });
    app.people.set(people.collect());
    for id in 1..=3 {
        app.people.wrote(Uuid::from_u128(id), now - 60);
    }
    app.people.wrote(Uuid::from_u128(4), now - 2 * 86_400);

    let broadcast_id = app.drafted(create("Hello {{https://shop.example/}}")).await;
    let preview = app.preview(&broadcast_id).await;
    assert_eq!((preview.matching, preview.included), (5, 3));
    let outside = Exclusion {
        reason: ExclusionReason::OutsideWindow.into(),
        contacts: 2,
    };
    assert_eq!(preview.excluded, [outside]);
    assert!(preview.findings.is_empty(), "{:?}", preview.findings);
    assert!(preview.quota.is_none());
    let [shown] = &preview.rendered_messages[..] else {
        panic!("one message")
    };
    assert!(shown.contains(r#""messaging_type":"UPDATE""#), "{shown}");
    assert!(shown.contains("https://links.example/r/"), "{shown}");

    app.confirm_draft(&broadcast_id).await;
    let (frozen, chunk) = eventually("the audience is frozen", async || {
        let events = app.events().await;
        let (mut frozen, mut chunk) = (None, None);
        for event in events {
            if let BroadcastLogEvent::AudienceFrozen(event) = event {
                frozen = Some(event);
            } else if let BroadcastLogEvent::ChunkStored(event) = event {
                chunk = Some(event);
            }
        }
        frozen.zip(chunk)
    })
    .await;
    assert_eq!(frozen.included, 3);
    assert_eq!(frozen.excluded[0].reason(), ExclusionReason::OutsideWindow);
    let contacts: Vec<Uuid> = events::ids(&chunk.contact_ids).collect();
    assert_eq!(contacts, [1, 2, 3].map(Uuid::from_u128));
}

#[tokio::test]
async fn a_utility_message_reaches_everyone_with_an_approved_template_only() {
    let app = app(Channel::Messenger).await;
    let people = (1..=2_u128).map(|id| {
        let address = format!("{}", 7_000_000_000 + id);
        (Uuid::from_u128(id), address, SubscriptionStatus::Subscribed)
    });
    app.people.set(people.collect());
    let with =
        |name: &str, language: &str| message(Content::Template(template(name, language, &["A-1"])));
    assert!(app.codes(with("shipped", "en_US")).await.is_empty());
    assert_eq!(
        app.codes(with("shipped", "zh_TW")).await,
        ["TEMPLATE_UNKNOWN"]
    );
    assert_eq!(
        app.codes(with("refused", "en_US")).await,
        ["TEMPLATE_NOT_APPROVED"]
    );
    let broadcast_id = app.drafted(with("refused", "en_US")).await;
    let preview = app.preview(&broadcast_id).await;
    let refused = app.confirm(&broadcast_id, &preview.preview_hash).await;
    assert_eq!(refused.unwrap_err().0, Code::FailedPrecondition);
}

#[tokio::test]
async fn whatsapp_is_asked_whether_the_template_fits() {
    let app = app(Channel::Whatsapp).await;
    let person = Uuid::from_u128(1);
    let business_scoped = Uuid::from_u128(2);
    let nobody = Uuid::from_u128(3);
    let subscribed = SubscriptionStatus::Subscribed;
    app.people.set(vec![
        (person, "+886912345678".to_owned(), subscribed),
        (
            business_scoped,
            "TW.13491208655302741918".to_owned(),
            subscribed,
        ),
        (nobody, "0912345678".to_owned(), subscribed),
    ]);
    let mut spring = template("spring", "zh_TW", &["朋友"]);
    spring.buttons.push(TemplateButton {
        index: 0,
        value: Some(Value::UrlSuffix("{{https://shop.example/new}}".to_owned())),
    });
    let broadcast_id = app
        .drafted(message(Content::Template(spring.clone())))
        .await;
    let preview = app.preview(&broadcast_id).await;
    assert!(preview.findings.is_empty(), "{:?}", preview.findings);
    assert_eq!(preview.included, 2);
    assert_eq!(
        preview.excluded[0].reason,
        i32::from(ExclusionReason::InvalidAddress)
    );
    let shown: serde_json::Value = serde_json::from_str(&preview.rendered_messages[0]).unwrap();
    let suffix = shown.pointer("/components/1/parameters/0/text").unwrap();
    // The token alone: the rest of the address is the template's.
    assert!(!suffix.as_str().unwrap().contains('/'), "{suffix}");

    spring.body.clear();
    let codes = app.codes(message(Content::Template(spring))).await;
    assert_eq!(codes, ["TEMPLATE_DOES_NOT_FIT"]);
}

#[tokio::test]
async fn whatsapps_limit_of_a_day_is_shown_and_holds_nobody_back_for_good() {
    let app = app(Channel::Whatsapp).await;
    let people = (1..=3_u128).map(|id| {
        let address = format!("+88691234567{id}");
        (Uuid::from_u128(id), address, SubscriptionStatus::Subscribed)
    });
    app.people.set(people.collect());
    let phone = PhoneSettings {
        access_token: "token".to_owned(),
        app_secret: "secret".to_owned(),
        messaging_limit: Some(250),
        templates: vec![TemplateSettings::marketing("plain", "en_US", "New things")],
        ..PhoneSettings::default()
    };
    app.line.set_phone(PHONE, &phone).await.unwrap();
    sqlx::query(
        "INSERT INTO whatsapp_people
         SELECT $1, n::text::bytea, now() - n * interval '1 minute' FROM generate_series(1, 248) n",
    )
    .bind(crate::app::WABA)
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query("INSERT INTO whatsapp_people VALUES ($1, 'long ago', now() - interval '25 hours')")
        .bind(crate::app::WABA)
        .execute(&app.pool)
        .await
        .unwrap();
    let plain = message(Content::Template(template("plain", "en_US", &[])));
    let broadcast_id = app.drafted(plain).await;
    let preview = app.preview(&broadcast_id).await;
    let quota = preview.quota.unwrap();
    assert_eq!((quota.limit, quota.used, quota.remaining), (250, 248, 2));
    let codes: Vec<&str> = preview.findings.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, ["DAILY_LIMIT"]);
    let confirmed = app.confirm(&broadcast_id, &preview.preview_hash).await;
    assert!(confirmed.is_ok(), "the others get it as time passes");
}

#[tokio::test]
async fn templates_are_listed_as_meta_has_them() {
    let app = app(Channel::Messenger).await;
    let request = || ListTemplatesRequest {
        account_id: ACCOUNT.to_string(),
        ..ListTemplatesRequest::default()
    };
    let listed = app.templates().list_templates(request()).await.unwrap();
    let listed = listed.into_inner().templates;
    let told: Vec<_> = listed
        .iter()
        .map(|it| (it.name.as_str(), it.status(), it.category(), it.quality()))
        .collect();
    let (category, quality) = (TemplateCategory::Utility, TemplateQuality::High);
    let expected = [
        ("refused", TemplateStatus::Rejected, category, quality),
        ("shipped", TemplateStatus::Approved, category, quality),
    ];
    assert_eq!(told, expected);
    assert_eq!(listed[1].body, "Your order {{1}} has left us.");

    // Paused by Meta: seen at the next look.
    let page = PageSettings {
        access_token: "token".to_owned(),
        app_secret: "secret".to_owned(),
        templates: vec![utility("shipped", "PAUSED")],
        ..PageSettings::default()
    };
    app.line.set_page(PAGE, &page).await.unwrap();
    let listed = app.templates().list_templates(request()).await.unwrap();
    let status = listed.into_inner().templates[0].status();
    assert_eq!(status, TemplateStatus::Paused);
}

#[tokio::test]
async fn templates_that_cannot_be_listed_are_told_with_what_to_do() {
    let app = app(Channel::Messenger).await;
    let of = |account_id: Uuid| ListTemplatesRequest {
        account_id: account_id.to_string(),
        ..ListTemplatesRequest::default()
    };
    let refused = app.templates().list_templates(of(Uuid::nil())).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    let page = PageSettings {
        access_token: "another".to_owned(),
        ..PageSettings::default()
    };
    app.line.set_page(PAGE, &page).await.unwrap();
    let refused = app.templates().list_templates(of(ACCOUNT)).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(
        refused.message().contains("rotate its credentials"),
        "{refused}"
    );
    sqlx::query("UPDATE accounts SET channel = 1")
        .execute(&app.pool)
        .await
        .unwrap();
    let refused = app.templates().list_templates(of(ACCOUNT)).await;
    assert!(refused.unwrap_err().message().contains("another channel"));
}

#[tokio::test]
async fn an_account_that_meta_refuses_is_told_in_the_preview() {
    let app = app(Channel::Messenger).await;
    let page = PageSettings {
        access_token: "another".to_owned(),
        app_secret: "secret".to_owned(),
        ..PageSettings::default()
    };
    app.line.set_page(PAGE, &page).await.unwrap();
    let codes = app.codes(create("Hello")).await;
    assert!(
        codes.contains(&"CREDENTIALS_REFUSED".to_owned()),
        "{codes:?}"
    );
}

#[tokio::test]
async fn what_a_channel_does_not_take_is_refused_by_field_limit_and_value() {
    let text = |length: usize| {
        Content::Text(TextMessage {
            text: "字".repeat(length),
        })
    };
    let card = Card {
        title: "字".repeat(81),
        text: "New".to_owned(),
        buttons: vec![CardButton {
            label: "Go".to_owned(),
            action: Some(Action::Url("{{https://shop.example/}}".to_owned())),
        }],
        ..Card::default()
    };
    let cases = [
        (
            Channel::Messenger,
            text(2_001),
            "text has 2001 characters, more than 2000",
        ),
        (
            Channel::Messenger,
            Content::Card(card.clone()),
            "elements[0].title has 81 characters, more than 80",
        ),
        (
            Channel::Line,
            Content::Card(card),
            "messages[0].template.title has 81 grapheme clusters, more than 40",
        ),
        (
            Channel::Line,
            Content::Template(template("spring", "zh_TW", &[])),
            "messages[0] is a template; LINE broadcasts are texts, images, cards and carousels",
        ),
        (
            Channel::Whatsapp,
            text(3),
            "messages[0] is a text; WhatsApp broadcasts are templates",
        ),
        (
            Channel::Whatsapp,
            Content::Image(ImageMessage::default()),
            "messages[0] is an image; WhatsApp broadcasts are templates",
        ),
    ];
    for (channel, content, told) in cases {
        let app = app(channel).await;
        let message = app.refused(content).await;
        assert!(message.contains(told), "{message}");
    }
}

#[tokio::test]
async fn meta_takes_one_message_a_broadcast() {
    let app = app(Channel::Messenger).await;
    let mut request = create("Hello");
    request.messages.push(request.messages[0].clone());
    let refused = app.client().create_broadcast(request).await.unwrap_err();
    assert!(
        refused
            .message()
            .contains("messages must be 1 for Messenger, not 2"),
        "{refused}"
    );
}
