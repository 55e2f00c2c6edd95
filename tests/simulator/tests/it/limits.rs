use std::time::Duration;

use serde_json::json;
use simulator::{ChannelSettings, Endpoint, RateLimit};

use crate::app::{App, answer, text, user, users};

const MONTHLY: &str = "You have reached your monthly limit.";
const RATE: &str = "The API rate limit has been exceeded. Try again later.";

async fn quota(app: &App) -> (serde_json::Value, serde_json::Value) {
    let quota = answer(app.get("/v2/bot/message/quota")).await.body;
    let used = answer(app.get("/v2/bot/message/quota/consumption"))
        .await
        .body;
    (quota, used)
}

#[tokio::test]
async fn people_are_counted_and_not_messages() {
    let app = App::with(ChannelSettings {
        quota: Some(10),
        ..ChannelSettings::default()
    })
    .await;
    let body = json!({ "to": users(3), "messages": [text("1"), text("2")] });
    answer(app.post("/v2/bot/message/multicast", &body)).await;
    answer(app.push(user(1))).await;
    assert_eq!(
        quota(&app).await,
        (
            json!({ "type": "limited", "value": 10 }),
            json!({ "totalUsage": 4 })
        )
    );
}

#[tokio::test]
async fn no_limit_has_no_value() {
    let app = App::start().await;
    assert_eq!(quota(&app).await.0, json!({ "type": "none" }));
}

#[tokio::test]
async fn a_multicast_over_the_limit_reaches_nobody() {
    let app = App::with(ChannelSettings {
        quota: Some(10),
        used: Some(8),
        ..ChannelSettings::default()
    })
    .await;
    let refused = answer(app.multicast(&users(3))).await;
    assert_eq!((refused.status, refused.message()), (429, MONTHLY));
    assert_eq!(app.totals().await.people_received, 0);
    assert_eq!(answer(app.multicast(&users(2))).await.status, 200);
}

#[tokio::test]
async fn a_reservation_refuses_while_the_quota_still_shows_enough() {
    let settings = ChannelSettings {
        quota: Some(10),
        ..ChannelSettings::default()
    };
    let reserved = ChannelSettings {
        reserved: 9,
        ..settings.clone()
    };
    let app = App::with(reserved).await;
    let refused = answer(app.multicast(&users(3))).await;
    assert_eq!((refused.status, refused.message()), (429, MONTHLY));
    assert_eq!(quota(&app).await.1, json!({ "totalUsage": 0 }));

    app.set(settings).await;
    assert_eq!(answer(app.multicast(&users(3))).await.status, 200);
}

#[tokio::test]
async fn a_new_month_begins_at_nothing() {
    let app = App::with(ChannelSettings {
        quota: Some(10),
        used: Some(10),
        ..ChannelSettings::default()
    })
    .await;
    assert_eq!(answer(app.multicast(&users(3))).await.status, 429);
    app.control
        .advance_clock(Duration::from_hours(24 * 31))
        .await
        .unwrap();
    assert_eq!(answer(app.multicast(&users(3))).await.status, 200);
    assert_eq!(app.totals().await.used, 3);
}

#[tokio::test]
async fn an_empty_bucket_refuses_until_it_has_refilled() {
    let app = App::with(ChannelSettings {
        multicast_rate: RateLimit {
            per_second: 0.001,
            capacity: 2.0,
        },
        ..ChannelSettings::default()
    })
    .await;
    assert_eq!(answer(app.multicast(&users(1))).await.status, 200);
    assert_eq!(answer(app.multicast(&users(1))).await.status, 200);
    let refused = answer(app.multicast(&users(1))).await;
    assert_eq!((refused.status, refused.message()), (429, RATE));
    assert_eq!(refused.header("retry-after"), None);
    // Each endpoint has a bucket of its own.
    assert_eq!(answer(app.push(user(1))).await.status, 200);

    app.control
        .advance_clock(Duration::from_secs(1_000))
        .await
        .unwrap();
    assert_eq!(answer(app.multicast(&users(1))).await.status, 200);
    assert_eq!(app.totals().await.answered(Endpoint::Multicast, 429), 1);
}

#[tokio::test]
async fn a_request_that_is_refused_takes_a_token_too() {
    let app = App::with(ChannelSettings {
        multicast_rate: RateLimit {
            per_second: 0.001,
            capacity: 1.0,
        },
        ..ChannelSettings::default()
    })
    .await;
    assert_eq!(answer(app.multicast(&[])).await.status, 400);
    assert_eq!(answer(app.multicast(&users(1))).await.status, 429);
}
