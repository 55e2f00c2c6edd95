use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap};
use channels::line::{EventKind, Mode, Webhook, parse_webhook, verify_signature};
use simulator::{ChannelSettings, EventPlan, WebhookPlan};
use tokio::{net::TcpListener, task::JoinSet};

use crate::app::{App, CHANNEL, SECRET, user};

type Posts = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

async fn keep(State(posts): State<Posts>, headers: HeaderMap, body: Bytes) {
    posts.lock().unwrap().push((headers, body));
}

/// What arrives at a webhook, each post with whether it is genuine.
async fn received(plan: WebhookPlan) -> Vec<(bool, Webhook)> {
    let posts = Posts::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let webhook_url = Some(format!("http://{}/", listener.local_addr().unwrap()));
    let routes = Router::new().fallback(keep).with_state(Arc::clone(&posts));
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, routes).await.unwrap() });

    let app = App::with(ChannelSettings {
        webhook_url,
        ..ChannelSettings::default()
    })
    .await;
    app.control.webhooks(CHANNEL, &plan).await.unwrap();
    let posts = posts.lock().unwrap();
    let read = |(headers, body): &(HeaderMap, Bytes)| {
        let signature = headers["x-line-signature"].to_str().unwrap();
        let genuine = verify_signature(&SECRET.into(), body, signature);
        (genuine, parse_webhook(body).unwrap())
    };
    posts.iter().map(read).collect()
}

#[tokio::test]
async fn what_line_posts_is_genuine_and_understood() {
    let person = Some(user(1));
    let posts = received(WebhookPlan {
        events: vec![
            EventPlan::Follow {
                user: person,
                is_unblocked: true,
            },
            EventPlan::Message {
                user: person,
                text: "hi".to_owned(),
            },
            EventPlan::Postback {
                user: None,
                data: "stop=1".to_owned(),
            },
            EventPlan::Unfollow { user: person },
        ],
        events_per_post: 4,
        redeliveries: 1,
        ..WebhookPlan::default()
    })
    .await;

    assert_eq!(posts.len(), 2);
    assert!(posts.iter().all(|(genuine, _)| *genuine));
    let (first, again) = (&posts[0].1, &posts[1].1);
    let kinds: Vec<_> = first
        .events
        .iter()
        .map(|event| event.kind.clone())
        .collect();
    assert_eq!(
        kinds,
        [
            EventKind::Follow { is_unblocked: true },
            EventKind::Message {
                text: Some("hi".to_owned())
            },
            EventKind::Postback {
                data: "stop=1".to_owned()
            },
            EventKind::Unfollow,
        ]
    );
    let known = Some(user(1).to_string());
    let users: Vec<_> = first
        .events
        .iter()
        .map(|event| event.user_id.clone())
        .collect();
    assert_eq!(users, [known.clone(), known.clone(), None, known]);
    for (event, repeated) in first.events.iter().zip(&again.events) {
        assert_eq!(event.mode, Mode::Active);
        assert!(event.webhook_event_id.is_some() && event.timestamp_ms.is_some());
        assert_eq!(event.webhook_event_id, repeated.webhook_event_id);
        assert_eq!(event.timestamp_ms, repeated.timestamp_ms);
        assert_eq!((event.is_redelivery, repeated.is_redelivery), (false, true));
    }
}

#[tokio::test]
async fn a_post_by_somebody_else_is_not_genuine() {
    let posts = received(WebhookPlan {
        forged: true,
        ..WebhookPlan::default()
    })
    .await;
    let [(genuine, webhook)] = posts.as_slice() else {
        panic!("{} posts", posts.len());
    };
    assert!(!genuine);
    assert!(webhook.events.is_empty());
}
