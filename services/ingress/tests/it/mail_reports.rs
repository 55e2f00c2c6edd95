//! Bounces and complaints, as a mail server's script posts them.

use broadcast_domain::{Correlation, mail_token};
use events::{
    IngressLogEvent,
    common::ProgressKind,
    id,
    ingested::{AddressSuppressed, MessageProgressed, SuppressionReason},
};
use reqwest::StatusCode;
use uuid::Uuid;

use crate::{
    app::{ACCOUNT, App, LINKS_SECRET, MAIL_ACCOUNT, TEAM},
    unsubscribe::token_of,
};

const ADDRESS: &str = "ann.somebody@example.org";
const CORRELATION: Correlation = Correlation {
    chunk_id: Uuid::from_u128(0xc4),
    place: 7,
};

fn bounce(secret: &str, action: &str, status: &str) -> String {
    let token = mail_token(secret.as_bytes(), CORRELATION);
    format!(
        "To: bounces+{token}@shop.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; {ADDRESS}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n--b--\r\n"
    )
}

/// The address is blacked out, as most providers do; the mail comes back.
fn complaint(kind: &str, account_id: Uuid) -> String {
    let token = token_of(account_id);
    format!(
        "To: fbl@shop.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: {kind}\r\nVersion: 1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: shop@shop.example\r\nList-Unsubscribe: <https://links.shop.example/u/{token}>\r\nSubject: hi\r\n\r\nhi\r\n--b--\r\n"
    )
}

async fn post(app: &App, account_id: Uuid, token: &str, report: String) -> StatusCode {
    let url = app.url(&format!("/v1/mail/reports/{account_id}"));
    let posted = app.http.post(url).bearer_auth(token).body(report);
    posted.send().await.unwrap().status()
}

async fn told(app: &App) -> (Vec<MessageProgressed>, Vec<AddressSuppressed>) {
    let (mut progress, mut suppressed) = (Vec::new(), Vec::new());
    for (logged, event) in app.journalled().await {
        let payload = String::from_utf8_lossy(&logged.payload);
        assert!(!payload.contains("somebody"), "an address is in the log");
        match event {
            IngressLogEvent::MessageProgressed(event) => progress.push(event),
            IngressLogEvent::AddressSuppressed(event) => suppressed.push(event),
            IngressLogEvent::WebhookReceived(_)
            | IngressLogEvent::LinkClicked(_)
            | IngressLogEvent::OrderPlaced(_)
            | IngressLogEvent::UnsubscribeRequested(_) => {}
        }
    }
    (progress, suppressed)
}

#[tokio::test]
async fn a_hard_bounce_fails_the_mail_and_suppresses_the_address_once() {
    let app = App::start().await;
    let report = bounce(LINKS_SECRET, "failed", "5.1.1");
    for _ in 0..2 {
        let status = post(&app, MAIL_ACCOUNT, &App::token(TEAM), report.clone()).await;
        assert_eq!(status, StatusCode::OK);
    }
    let (progress, suppressed) = told(&app).await;
    let [progress] = progress.try_into().unwrap();
    assert_eq!(progress.kind(), ProgressKind::Failed);
    assert_eq!(progress.code, "5.1.1");
    assert_eq!(progress.correlation, CORRELATION.to_string());
    let [suppressed] = suppressed.try_into().unwrap();
    assert_eq!(suppressed.reason(), SuppressionReason::HardBounce);
    let lookup = app.vault.lookup_key(TEAM).await.unwrap();
    assert_eq!(
        suppressed.identity,
        lookup.identity(MAIL_ACCOUNT, ADDRESS).to_vec()
    );
}

#[tokio::test]
async fn a_mailbox_that_is_full_is_not_suppressed_and_a_delay_is_nothing_yet() {
    let app = App::start().await;
    let delayed = bounce(LINKS_SECRET, "delayed", "4.4.1");
    post(&app, MAIL_ACCOUNT, &App::token(TEAM), delayed).await;
    assert_eq!(told(&app).await, (Vec::new(), Vec::new()));
    let full = bounce(LINKS_SECRET, "failed", "5.2.2");
    post(&app, MAIL_ACCOUNT, &App::token(TEAM), full).await;
    let (progress, suppressed) = told(&app).await;
    assert_eq!((progress.len(), suppressed.len()), (1, 0));
}

#[tokio::test]
async fn a_bounce_of_a_mail_that_was_not_ours_is_about_no_message() {
    let app = App::start().await;
    let forged = bounce("another secret of thirty-two byte", "failed", "5.1.1");
    post(&app, MAIL_ACCOUNT, &App::token(TEAM), forged).await;
    let (progress, suppressed) = told(&app).await;
    assert!(progress.is_empty());
    assert_eq!(suppressed[0].correlation, "");
}

#[tokio::test]
async fn a_complaint_names_the_person_by_the_link_in_the_mail_that_came_back() {
    let app = App::start().await;
    let token = App::token(TEAM);
    // Another account's link, and a complaint that was taken back.
    for nothing in [
        complaint("abuse", ACCOUNT),
        complaint("not-spam", MAIL_ACCOUNT),
    ] {
        assert_eq!(
            post(&app, MAIL_ACCOUNT, &token, nothing).await,
            StatusCode::OK
        );
    }
    assert_eq!(told(&app).await, (Vec::new(), Vec::new()));
    let abuse = complaint("abuse", MAIL_ACCOUNT);
    assert_eq!(
        post(&app, MAIL_ACCOUNT, &token, abuse).await,
        StatusCode::OK
    );
    let (progress, suppressed) = told(&app).await;
    assert!(progress.is_empty());
    let [suppressed] = suppressed.try_into().unwrap();
    assert_eq!(suppressed.reason(), SuppressionReason::Complaint);
    assert_eq!(id(&suppressed.contact_id), Uuid::from_u128(0xc));
    assert!(suppressed.identity.is_empty());
}

#[tokio::test]
async fn reports_come_with_the_teams_token_for_the_teams_own_account() {
    let app = App::start().await;
    let report = bounce(LINKS_SECRET, "failed", "5.1.1");
    let of_another = App::token(Uuid::from_u128(0xb));
    for (account, token, report, expected) in [
        (MAIL_ACCOUNT, "forged", &report, StatusCode::UNAUTHORIZED),
        (MAIL_ACCOUNT, &of_another, &report, StatusCode::NOT_FOUND),
        (ACCOUNT, &App::token(TEAM), &report, StatusCode::NOT_FOUND),
        (
            MAIL_ACCOUNT,
            &App::token(TEAM),
            &"Subject: out of office\r\n\r\nback on Monday".to_owned(),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        assert_eq!(post(&app, account, token, report.clone()).await, expected);
    }
    assert_eq!(told(&app).await, (Vec::new(), Vec::new()));
}
