//! The link to unsubscribe, as mail programs and people use it.

use broadcast_domain::{Unsubscribe, unsubscribe_token};
use events::{
    IngressLogEvent, id,
    ingested::{UnsubscribeMeans, UnsubscribeRequested},
};
use reqwest::{StatusCode, header};
use uuid::Uuid;

use crate::app::{App, BROADCAST, LINKS_SECRET, MAIL_ACCOUNT};

const CONTACT: Uuid = Uuid::from_u128(0xc);

pub(crate) fn token_of(account_id: Uuid) -> String {
    let unsubscribe = Unsubscribe {
        account_id,
        contact_id: CONTACT,
        broadcast_id: BROADCAST,
    };
    unsubscribe_token(LINKS_SECRET.as_bytes(), &unsubscribe)
}

async fn requests(app: &App) -> Vec<UnsubscribeRequested> {
    let journalled = app.journalled().await.into_iter();
    journalled
        .filter_map(|(_, event)| match event {
            IngressLogEvent::UnsubscribeRequested(event) => Some(event),
            IngressLogEvent::WebhookReceived(_)
            | IngressLogEvent::LinkClicked(_)
            | IngressLogEvent::OrderPlaced(_)
            | IngressLogEvent::MessageProgressed(_)
            | IngressLogEvent::AddressSuppressed(_) => None,
        })
        .collect()
}

async fn show(app: &App, token: &str, language: &str) -> (StatusCode, String) {
    let asked = app.http.get(app.url(&format!("/u/{token}")));
    let asked = asked.header(header::ACCEPT_LANGUAGE, language);
    let response = asked.send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

async fn post(app: &App, token: &str, body: &'static str) -> StatusCode {
    let posted = app.http.post(app.url(&format!("/u/{token}")));
    let kind = "application/x-www-form-urlencoded";
    let posted = posted.header(header::CONTENT_TYPE, kind).body(body);
    posted.send().await.unwrap().status()
}

#[tokio::test]
async fn looking_at_the_page_changes_nothing() {
    let app = App::start().await;
    let token = token_of(MAIL_ACCOUNT);
    let (status, page) = show(&app, &token, "en-GB,zh;q=0.5").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("<form method=\"post\">") && page.contains("Unsubscribe"));
    let (_, page) = show(&app, &token, "zh-TW,zh;q=0.9,en;q=0.8").await;
    assert!(page.contains("lang=\"zh-Hant\"") && page.contains("取消訂閱"));
    assert!(requests(&app).await.is_empty());
}

#[tokio::test]
async fn one_post_is_enough_and_is_in_the_log_when_it_is_answered() {
    let app = App::start().await;
    let token = token_of(MAIL_ACCOUNT);
    let one_click = post(&app, &token, "List-Unsubscribe=One-Click").await;
    assert_eq!(one_click, StatusCode::OK);
    // Nothing waits for it: what was answered is there.
    let [request] = requests(&app).await.try_into().unwrap();
    assert_eq!(request.means(), UnsubscribeMeans::OneClick);
    assert_eq!(id(&request.contact_id), CONTACT);
    assert_eq!(id(&request.account_id), MAIL_ACCOUNT);
    assert_eq!(id(&request.broadcast_id), BROADCAST);

    assert_eq!(post(&app, &token, "").await, StatusCode::OK);
    let means: Vec<_> = requests(&app)
        .await
        .iter()
        .map(UnsubscribeRequested::means)
        .collect();
    assert!(means.contains(&UnsubscribeMeans::Page));
}

#[tokio::test]
async fn a_wish_that_cannot_be_written_down_is_not_answered_as_if_it_were() {
    let app = App::start().await;
    sqlx::query("ALTER TABLE log_heads RENAME TO lost")
        .execute(&app.pool)
        .await
        .unwrap();
    let status = post(&app, &token_of(MAIL_ACCOUNT), "List-Unsubscribe=One-Click").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_link_that_is_not_ours_leaves_nothing() {
    let app = App::start().await;
    let mut forged = token_of(MAIL_ACCOUNT).into_bytes();
    forged[3] = if forged[3] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    let of_nobody = token_of(Uuid::from_u128(0xdead));
    for token in [forged.as_str(), "short", &of_nobody] {
        let status = post(&app, token, "List-Unsubscribe=One-Click").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{token}");
    }
    assert!(requests(&app).await.is_empty());
}
