use base64::{Engine as _, prelude::BASE64_STANDARD};
use bootstrap::Clock as _;
use chrono::Days;
use events::IngressLogEvent;
use reqwest::StatusCode;
use ring::hmac;
use uuid::Uuid;

use crate::app::{ACCOUNT, App, CHANNEL_SECRET, TEAM};

const FOLLOW: &str = r#"{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[
    {"type":"follow","mode":"active","timestamp":1462629479859,"source":{"type":"user","userId":"U4af4980629b3e5a4e8a3ac3d8b0a1b2c"},
     "webhookEventId":"01FZ74A0TDDPYRVKNK77XKC3ZR","deliveryContext":{"isRedelivery":false},"follow":{"isUnblocked":false}},
    {"type":"message","mode":"active","timestamp":1462629479860,"source":{"type":"user"},"webhookEventId":"01FZ74A0TDDPYRVKNK77XKC3ZS",
     "deliveryContext":{"isRedelivery":false},"message":{"id":"1","type":"text","text":"a secret wish"}}]}"#;

pub(crate) fn sign(secret: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    BASE64_STANDARD.encode(hmac::sign(&key, body.as_bytes()))
}

pub(crate) async fn post(app: &App, account: Uuid, body: &str, signature: String) -> StatusCode {
    let url = app.url(&format!("/v1/webhooks/line/{account}"));
    let response = app
        .http
        .post(url)
        .header("X-Line-Signature", signature)
        .body(body.to_owned())
        .send()
        .await;
    response.unwrap().status()
}

#[tokio::test]
async fn a_webhook_is_answered_after_each_of_its_events_is_durable() {
    let app = App::start().await;
    let status = post(&app, ACCOUNT, FOLLOW, sign(CHANNEL_SECRET, FOLLOW)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(app.journalled().await.len(), 2);
}

#[tokio::test]
async fn a_redelivered_webhook_changes_nothing() {
    let app = App::start().await;
    let redelivered = FOLLOW.replace(r#""isRedelivery":false"#, r#""isRedelivery":true"#);
    for body in [FOLLOW, FOLLOW, &redelivered] {
        assert_eq!(
            post(&app, ACCOUNT, body, sign(CHANNEL_SECRET, body)).await,
            StatusCode::OK
        );
    }
    assert_eq!(app.journalled().await.len(), 2);
}

#[tokio::test]
async fn a_webhook_with_a_wrong_signature_is_refused() {
    let app = App::start().await;
    let tampered = FOLLOW.replace("wish", "fish");
    for (body, signature) in [
        (FOLLOW, sign("another secret", FOLLOW)),
        (FOLLOW, String::new()),
        (tampered.as_str(), sign(CHANNEL_SECRET, FOLLOW)),
    ] {
        assert_eq!(
            post(&app, ACCOUNT, body, signature).await,
            StatusCode::UNAUTHORIZED
        );
    }
    assert!(app.journalled().await.is_empty());
}

#[tokio::test]
async fn a_webhook_without_events_is_lines_own_check() {
    let app = App::start().await;
    let body = r#"{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}"#;
    assert_eq!(
        post(&app, ACCOUNT, body, sign(CHANNEL_SECRET, body)).await,
        StatusCode::OK
    );
    let unknown = post(&app, Uuid::nil(), body, sign(CHANNEL_SECRET, body)).await;
    assert_eq!(unknown, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_a_person_wrote_is_readable_with_the_days_key_and_the_senders() {
    let app = App::start().await;
    post(&app, ACCOUNT, FOLLOW, sign(CHANNEL_SECRET, FOLLOW)).await;
    for (logged, _) in app.journalled().await {
        let stored = String::from_utf8_lossy(&logged.payload).into_owned();
        assert!(!stored.contains("a secret wish") && !stored.contains("U4af4980"));
    }
    let (opened, senders) = app.opened(ACCOUNT).await;
    let opened = String::from_utf8(opened.concat()).unwrap();
    assert_eq!(senders, 1, "the other event names nobody");
    assert!(opened.contains("a secret wish") && opened.contains("U4af4980"));
}

#[tokio::test]
async fn who_was_deleted_sends_under_another_key_and_nobody_reads_what_was_sent_before() {
    let app = App::start().await;
    let again = FOLLOW.replace("K77XKC3Z", "K77XKC4Z");
    post(&app, ACCOUNT, FOLLOW, sign(CHANNEL_SECRET, FOLLOW)).await;
    let lookup = app.vault.lookup_key(TEAM).await.unwrap();
    let identity = lookup.identity(ACCOUNT, "U4af4980629b3e5a4e8a3ac3d8b0a1b2c");
    let people = [identity.to_vec()];
    app.vault.destroy_sender_keys(TEAM, &people).await.unwrap();
    post(&app, ACCOUNT, &again, sign(CHANNEL_SECRET, &again)).await;

    let mut senders = Vec::new();
    for (_, event) in app.journalled().await {
        if let IngressLogEvent::WebhookReceived(received) = event {
            senders.extend(events::ids(&received.sender_key_id));
        }
    }
    senders.sort_unstable();
    assert_ne!(senders[0], senders[1]);
    let keys = app.vault.find_sender_keys(TEAM, &senders).await.unwrap();
    assert!(keys.is_erased(senders[0]) && keys.live(senders[1]).is_some());
}

#[tokio::test]
async fn the_keys_of_days_that_are_past_are_destroyed() {
    let app = App::start().await;
    let today = app.clock.now().date_naive();
    for days in [6, 9] {
        let key = app.vault.day_key(today - Days::new(days)).await.unwrap();
        assert!(key.is_some());
    }
    let _another = app.start_another().await;
    test_support::eventually("the ninth day is gone", async || {
        app.vault.forget_cached_keys();
        let key = app.vault.day_key(today - Days::new(9)).await.unwrap();
        key.is_none().then_some(())
    })
    .await;
    let kept = app.vault.day_key(today - Days::new(6)).await.unwrap();
    assert!(kept.is_some());
}
