use broadcast_domain::{link_token, personal_link_token};
use events::{
    IngressLogEvent,
    ingested::{LinkClicked, VisitorKind},
};
use reqwest::{Method, Response, StatusCode, header};
use uuid::Uuid;

use crate::app::{App, BROADCAST, LINK, LINKS_SECRET};

const BROWSER: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/15.1.0";

async fn click(
    app: &App,
    method: Method,
    token: &str,
    agent: &str,
    cookie: Option<&str>,
) -> Response {
    let mut request = app
        .http
        .request(method, app.url(&format!("/r/{token}")))
        .header(header::USER_AGENT, agent);
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    request.send().await.unwrap()
}

fn token() -> String {
    link_token(LINKS_SECRET.as_bytes(), LINK)
}

fn led_to(response: &Response) -> String {
    response.headers()[header::LOCATION]
        .to_str()
        .unwrap()
        .to_owned()
}

async fn clicks(app: &App) -> Vec<LinkClicked> {
    let journalled = app.journalled().await;
    journalled
        .into_iter()
        .filter_map(|(_, event)| match event {
            IngressLogEvent::LinkClicked(clicked) => Some(clicked),
            IngressLogEvent::WebhookReceived(_)
            | IngressLogEvent::OrderPlaced(_)
            | IngressLogEvent::MessageProgressed(_)
            | IngressLogEvent::UnsubscribeRequested(_)
            | IngressLogEvent::AddressSuppressed(_) => None,
        })
        .collect()
}

#[tokio::test]
async fn a_click_on_a_persons_own_link_says_whose_it_is() {
    let app = App::start().await;
    let secret = LINKS_SECRET.as_bytes();
    let person = Uuid::from_u128(0x77);
    for contact in [person, Uuid::nil()] {
        let token = personal_link_token(secret, LINK, contact);
        let response = click(&app, Method::GET, &token, BROWSER, None).await;
        assert_eq!(response.status(), StatusCode::FOUND);
    }
    click(&app, Method::GET, &token(), BROWSER, None).await;
    let mut whose: Vec<Vec<u8>> = clicks(&app)
        .await
        .into_iter()
        .map(|clicked| clicked.contact_id)
        .collect();
    whose.sort_unstable();
    assert_eq!(whose, [vec![], vec![], person.as_bytes().to_vec()]);
}

#[tokio::test]
async fn a_click_is_written_down_and_leads_on_with_the_visitors_number() {
    let app = App::start().await;
    let response = click(&app, Method::GET, &token(), BROWSER, None).await;
    assert_eq!(response.status(), StatusCode::FOUND);
    let [clicked] = clicks(&app).await.try_into().unwrap();
    let visitor = Uuid::from_slice(&clicked.visitor_id).unwrap();
    assert_eq!(
        led_to(&response),
        format!("https://shop.example/new?a=1&ffv={visitor}")
    );
    assert_eq!(Uuid::from_slice(&clicked.broadcast_id).unwrap(), BROADCAST);
    assert_eq!(clicked.visitor_kind(), VisitorKind::Person);
}

#[tokio::test]
async fn a_browser_that_comes_back_is_the_same_visitor() {
    let app = App::start().await;
    let first = click(&app, Method::GET, &token(), BROWSER, None).await;
    let cookie = first.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    click(&app, Method::GET, &token(), BROWSER, Some(&cookie)).await;
    let clicks = clicks(&app).await;
    assert_eq!(clicks.len(), 2);
    assert_eq!(clicks[0].visitor_id, clicks[1].visitor_id);
}

#[tokio::test]
async fn previews_and_crawlers_are_led_on_but_are_no_persons() {
    let app = App::start().await;
    let bots = [
        "facebookexternalhit/1.1;line-poker/1.0",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "WhatsApp/2.23.20",
    ];
    for agent in bots {
        let response = click(&app, Method::GET, &token(), agent, None).await;
        assert_eq!(response.status(), StatusCode::FOUND, "{agent}");
    }
    let kinds: Vec<VisitorKind> = clicks(&app)
        .await
        .iter()
        .map(LinkClicked::visitor_kind)
        .collect();
    assert_eq!(kinds, [VisitorKind::Bot; 3]);
}

#[tokio::test]
async fn looking_without_going_is_no_click() {
    let app = App::start().await;
    let response = click(&app, Method::HEAD, &token(), BROWSER, None).await;
    assert_eq!(response.status(), StatusCode::FOUND);
    assert!(clicks(&app).await.is_empty());
}

#[tokio::test]
async fn a_token_that_was_not_signed_by_us_leads_nowhere() {
    let app = App::start().await;
    let forged = link_token(b"another secret of thirty-two bytes", LINK);
    let unknown = link_token(LINKS_SECRET.as_bytes(), Uuid::from_u128(0x99));
    for token in [
        forged.as_str(),
        unknown.as_str(),
        "x",
        "https:%2F%2Fevil.example",
    ] {
        let response = click(&app, Method::GET, token, BROWSER, None).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{token}");
        assert!(!response.headers().contains_key(header::LOCATION));
    }
    assert!(clicks(&app).await.is_empty());
}
