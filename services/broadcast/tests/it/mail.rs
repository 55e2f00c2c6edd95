//! Broadcasts by e-mail, as far as nobody has been sent anything yet.

use events::{
    common::{Channel, MailSecurity},
    contact::{AccountCredentials, SmtpCredentials},
};
use prost::Message as _;
use proto::{
    broadcast::v1::{TextMessage, message::Content},
    common::v1::{Mail, QuickReply},
    segmentation::v1::SubscriptionStatus,
};
use simulator::MailSettings;
use tonic::Code;
use uuid::Uuid;

use crate::{
    app::{App, TEAM},
    meta::message,
};

const PASSWORD: &str = "password";

async fn app() -> App {
    let app = App::start().await;
    let settings = MailSettings {
        username: Some("shop".to_owned()),
        password: PASSWORD.to_owned(),
        ..MailSettings::default()
    };
    app.line.set_mail(&settings).await.unwrap();
    connect(&app, PASSWORD, "news@shop.example", "").await;
    let people = (1..=3_u128).map(|id| {
        let address = if id == 3 {
            "nobody".to_owned()
        } else {
            format!("person{id}@example.org")
        };
        (Uuid::from_u128(id), address, SubscriptionStatus::Subscribed)
    });
    app.people.set(people.collect());
    app
}

async fn connect(app: &App, password: &str, from: &str, return_path: &str) {
    let credentials = AccountCredentials {
        smtp: Some(SmtpCredentials {
            host: app.smtp.ip().to_string(),
            port: app.smtp.port().into(),
            username: "shop".to_owned(),
            password: password.to_owned(),
            security: MailSecurity::None.into(),
            return_path: return_path.to_owned(),
        }),
        ..AccountCredentials::default()
    };
    let sealed = app
        .vault()
        .seal_for_team(TEAM, "credentials", &credentials.encode_to_vec())
        .await
        .unwrap();
    sqlx::query(
        "UPDATE accounts SET channel = $1, channel_account_id = $2, sealed_credentials = $3",
    )
    .bind(i32::from(Channel::Email))
    .bind(from)
    .bind(sealed)
    .execute(&app.pool)
    .await
    .unwrap();
}

fn mail() -> Mail {
    Mail {
        subject: "Spring".to_owned(),
        preheader: "All that is new".to_owned(),
        html: "<a href=\"{{https://shop.example/?a=1&amp;b=2}}\">new</a> \
               <a href=\"{{unsubscribe}}\">leave</a>"
            .to_owned(),
        text: "New: {{https://shop.example/?a=1&b=2}} Leave: {{unsubscribe}}".to_owned(),
        from_name: "Shop".to_owned(),
        reply_to: "ask@shop.example".to_owned(),
    }
}

async fn findings(app: &App, mail: Mail) -> Vec<String> {
    let broadcast_id = app.drafted(message(Content::Mail(mail))).await;
    let preview = app.preview(&broadcast_id).await;
    let findings = preview.findings.into_iter();
    findings.map(|finding| finding.code).collect()
}

#[tokio::test]
async fn a_mail_is_drafted_shown_and_confirmed() {
    let app = app().await;
    let broadcast_id = app.drafted(message(Content::Mail(mail()))).await;
    let preview = app.preview(&broadcast_id).await;
    // Whoever's address is none is left out.
    assert_eq!((preview.matching, preview.included), (3, 2));
    assert!(preview.findings.is_empty(), "{:?}", preview.findings);
    let [shown] = &preview.rendered_messages[..] else {
        panic!("one mail")
    };
    let shown: serde_json::Value = serde_json::from_str(shown).unwrap();
    let text = shown["text"].as_str().unwrap();
    assert!(text.starts_with("New: https://links.example/r/"), "{text}");
    let link = text.split(' ').nth(1).unwrap();
    let html = shown["html"].as_str().unwrap();
    assert!(
        html.contains(&format!("href=\"{link}\"")),
        "one link: {html}"
    );
    assert!(html.contains("{link:unsubscribe}"), "each has their own");
    app.confirm(&broadcast_id, &preview.preview_hash)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_with_its_field_its_limit_and_its_value() {
    let app = app().await;
    let with = |change: fn(&mut Mail)| {
        let mut mail = mail();
        change(&mut mail);
        Content::Mail(mail)
    };
    for (content, said) in [
        (with(|mail| mail.subject.clear()), "subject is empty"),
        (
            with(|mail| mail.subject = "a".repeat(999)),
            "subject has 999 characters, more than 998",
        ),
        (
            with(|mail| mail.preheader = "a".repeat(201)),
            "preheader has 201 characters, more than 200",
        ),
        (with(|mail| mail.text.clear()), "text is empty"),
        (
            with(|mail| mail.html = "a".repeat(1_000_001)),
            "html has 1000001 bytes, more than 1000000",
        ),
        (
            with(|mail| mail.reply_to = "nobody".to_owned()),
            "reply_to is \"nobody\"",
        ),
        (
            with(|mail| mail.html = "{{shop.example}}".to_owned()),
            "messages[0].mail.html",
        ),
        (
            Content::Text(TextMessage {
                text: "hi".to_owned(),
            }),
            "messages[0] is a text",
        ),
    ] {
        let refused = app.refused(content).await;
        assert!(refused.contains(said), "{refused}: {said}");
    }
    let mut tapped = message(Content::Mail(mail()));
    tapped.messages[0].quick_replies = vec![QuickReply::default()];
    let refused = app.client().create_broadcast(tapped).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn what_keeps_an_account_from_sending_is_found_before_anybody_is_sent_anything() {
    let app = app().await;
    connect(&app, "old", "news@shop.example", "").await;
    assert_eq!(findings(&app, mail()).await, ["CREDENTIALS_REFUSED"]);
    connect(&app, PASSWORD, "", "").await;
    assert_eq!(findings(&app, mail()).await, ["ACCOUNT_INCOMPLETE"]);
    let long = "a-very-long-name-of-a-newsletter@shop.example";
    connect(&app, PASSWORD, long, "").await;
    assert_eq!(findings(&app, mail()).await, ["RETURN_PATH_TOO_LONG"]);
    connect(&app, PASSWORD, long, "bounces@shop.example").await;
    assert!(findings(&app, mail()).await.is_empty());
    // Only a warning.
    let hidden = Mail {
        text: "New".to_owned(),
        ..mail()
    };
    assert_eq!(
        findings(&app, hidden.clone()).await,
        ["UNSUBSCRIBE_LINK_NOT_SHOWN"]
    );
    let broadcast_id = app.drafted(message(Content::Mail(hidden))).await;
    app.confirm_draft(&broadcast_id).await;
}
