use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::hmac;
use serde_json::Value;
use simulator::{ChannelSettings, EventPlan, Order, WebhookPlan};
use tokio::{net::TcpListener, task::JoinSet};

use crate::app::{App, CHANNEL, SECRET, answer, user};

/// A webhook that keeps what it gets, and answers the first `failures` posts with 500.
struct Webhook {
    address: SocketAddr,
    posts: Arc<Mutex<Posts>>,
    _server: JoinSet<()>,
}

#[derive(Default)]
struct Posts {
    failures: usize,
    got: Vec<(HeaderMap, Bytes)>,
}

impl Webhook {
    async fn start(failures: usize) -> Self {
        let posts = Arc::new(Mutex::new(Posts {
            failures,
            got: Vec::new(),
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().fallback(keep).with_state(Arc::clone(&posts));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self {
            address,
            posts,
            _server: server,
        }
    }

    async fn app(&self) -> App {
        App::with(ChannelSettings {
            webhook_url: Some(format!("http://{}/line", self.address)),
            ..ChannelSettings::default()
        })
        .await
    }

    fn events(&self) -> Vec<Value> {
        let posts = self.posts.lock().unwrap();
        let bodies = posts.got.iter();
        bodies
            .flat_map(|(_, body)| {
                let body: Value = serde_json::from_slice(body).unwrap();
                body["events"].as_array().unwrap().clone()
            })
            .collect()
    }
}

async fn keep(
    State(posts): State<Arc<Mutex<Posts>>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let mut posts = posts.lock().unwrap();
    posts.got.push((headers, body));
    if posts.got.len() <= posts.failures {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    StatusCode::OK
}

fn message(number: u64) -> EventPlan {
    EventPlan::Message {
        user: Some(user(number)),
        text: format!("message {number}"),
    }
}

fn is_signed_with(secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let signature = STANDARD.decode(&headers["x-line-signature"]).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, body, &signature).is_ok()
}

#[tokio::test]
async fn each_kind_of_event_is_posted_and_signed() {
    let webhook = Webhook::start(0).await;
    let app = webhook.app().await;
    let person = Some(user(1));
    let plan = WebhookPlan {
        events: vec![
            EventPlan::Follow {
                user: person,
                is_unblocked: true,
            },
            message(1),
            EventPlan::Postback {
                user: None,
                data: "stop=1".to_owned(),
            },
            EventPlan::Unfollow { user: person },
        ],
        events_per_post: 4,
        ..WebhookPlan::default()
    };
    let posted = app.control.webhooks(CHANNEL, &plan).await.unwrap();
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].status, Some(200));

    let events = webhook.events();
    let types: Vec<_> = events.iter().map(|event| &event["type"]).collect();
    assert_eq!(types, ["follow", "message", "postback", "unfollow"]);
    assert_eq!(events[0]["follow"]["isUnblocked"], true);
    assert_eq!(events[1]["message"]["text"], "message 1");
    assert_eq!(events[2]["postback"]["data"], "stop=1");
    assert_eq!(events[2]["source"].get("userId"), None);
    assert_eq!(events[3].get("replyToken"), None);

    let posts = webhook.posts.lock().unwrap();
    let (headers, body) = &posts.got[0];
    assert!(is_signed_with(SECRET, headers, body));
}

#[tokio::test]
async fn a_forged_post_is_signed_with_another_secret() {
    let webhook = Webhook::start(0).await;
    let app = webhook.app().await;
    let plan = WebhookPlan {
        forged: true,
        ..WebhookPlan::default()
    };
    app.control.webhooks(CHANNEL, &plan).await.unwrap();
    let posts = webhook.posts.lock().unwrap();
    let (headers, body) = &posts.got[0];
    assert!(!is_signed_with(SECRET, headers, body));
    let body: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(body["events"], serde_json::json!([]));
}

#[tokio::test]
async fn an_event_keeps_its_id_and_time_through_every_repeat() {
    let webhook = Webhook::start(0).await;
    let app = webhook.app().await;
    let plan = WebhookPlan {
        events: vec![message(1), message(2)],
        duplicates: 1,
        redeliveries: 2,
        order: Order::Shuffled,
        seed: 3,
        ..WebhookPlan::default()
    };
    app.control.webhooks(CHANNEL, &plan).await.unwrap();

    let events = webhook.events();
    assert_eq!(events.len(), 8);
    for text in ["message 1", "message 2"] {
        let same: Vec<_> = events
            .iter()
            .filter(|event| event["message"]["text"] == text)
            .collect();
        let redelivered = |event: &&&Value| event["deliveryContext"]["isRedelivery"] == true;
        assert_eq!(same.iter().filter(redelivered).count(), 2);
        assert!(same.iter().all(|event| {
            event["webhookEventId"] == same[0]["webhookEventId"]
                && event["timestamp"] == same[0]["timestamp"]
        }));
    }
    let id = events[0]["webhookEventId"].as_str().unwrap();
    assert_eq!(id.len(), 26);
}

#[tokio::test]
async fn what_was_not_answered_well_is_redelivered() {
    let webhook = Webhook::start(2).await;
    let app = webhook.app().await;
    let plan = WebhookPlan {
        events: vec![message(1)],
        redeliver_failed: 5,
        ..WebhookPlan::default()
    };
    let posted = app.control.webhooks(CHANNEL, &plan).await.unwrap();
    let answers: Vec<_> = posted
        .iter()
        .map(|post| (post.status, post.redelivery))
        .collect();
    assert_eq!(
        answers,
        [(Some(500), false), (Some(500), true), (Some(200), true)]
    );
}

#[tokio::test]
async fn who_unfollows_is_reached_no_more() {
    let webhook = Webhook::start(0).await;
    let app = webhook.app().await;
    let person = Some(user(1));
    let plan = |event| WebhookPlan {
        events: vec![event],
        ..WebhookPlan::default()
    };
    let unfollow = plan(EventPlan::Unfollow { user: person });
    app.control.webhooks(CHANNEL, &unfollow).await.unwrap();
    answer(app.push(user(1))).await;
    assert_eq!(app.totals().await.deliveries, 0);

    let follow = plan(EventPlan::Follow {
        user: person,
        is_unblocked: true,
    });
    app.control.webhooks(CHANNEL, &follow).await.unwrap();
    answer(app.push(user(1))).await;
    assert_eq!(app.totals().await.deliveries, 1);
}
