use std::time::Duration;

use serde_json::json;
use simulator::{Endpoint, Fault, FaultKind};
use uuid::Uuid;

use crate::app::{App, answer, text, user, users};

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn an_accepted_key_is_answered_with_the_request_that_was_accepted() {
    let app = App::start().await;
    let key = Uuid::new_v4();
    let first = answer(app.multicast_under(key, &users(3))).await;
    let second = answer(app.multicast_under(key, &users(3))).await;

    assert_eq!((first.status, second.status), (200, 409));
    assert_eq!(
        second.body,
        json!({ "message": "The retry key is already accepted" })
    );
    assert_eq!(
        second.header("x-line-accepted-request-id"),
        first.header("x-line-request-id")
    );
    assert_ne!(
        second.header("x-line-request-id"),
        first.header("x-line-request-id")
    );
    assert_eq!(first.header("x-line-accepted-request-id"), None);
    assert_eq!(app.totals().await.max_per_person, 1);
}

#[tokio::test]
async fn a_repeated_push_is_told_what_it_had_sent() {
    let app = App::start().await;
    let key = Uuid::new_v4().to_string();
    let push = || answer(app.push(user(1)).header("X-Line-Retry-Key", &key));
    let (first, second) = (push().await, push().await);
    assert_eq!(second.status, 409);
    assert_eq!(second.body["sentMessages"], first.body["sentMessages"]);
}

#[tokio::test]
async fn without_a_key_a_repeat_is_a_second_send() {
    let app = App::start().await;
    answer(app.multicast(&users(1))).await;
    answer(app.multicast(&users(1))).await;
    assert_eq!(app.totals().await.max_copies_per_person, 2);
}

#[tokio::test]
async fn a_refused_request_does_not_use_its_key_up() {
    let app = App::start().await;
    app.fault(Fault::new(FaultKind::ErrorBeforeAccept).times(1))
        .await;
    let key = Uuid::new_v4();
    let statuses = [
        answer(app.multicast_under(key, &users(1))).await.status,
        answer(app.multicast_under(key, &users(1))).await.status,
        answer(app.multicast_under(key, &users(1))).await.status,
    ];
    assert_eq!(statuses, [500, 200, 409]);
}

#[tokio::test]
async fn a_key_is_kept_for_a_day_and_then_sends_again() {
    let app = App::start().await;
    let key = Uuid::new_v4();
    answer(app.multicast_under(key, &users(1))).await;
    app.control
        .advance_clock(DAY.saturating_sub(MINUTE))
        .await
        .unwrap();
    assert_eq!(
        answer(app.multicast_under(key, &users(1))).await.status,
        409
    );
    app.control.advance_clock(MINUTE).await.unwrap();
    assert_eq!(
        answer(app.multicast_under(key, &users(1))).await.status,
        200
    );
    assert_eq!(app.totals().await.max_copies_per_person, 2);
}

#[tokio::test]
async fn a_key_holds_in_its_own_channel_only() {
    let app = App::start().await;
    let other = simulator::ChannelSettings {
        access_token: "another".to_owned(),
        ..simulator::ChannelSettings::default()
    };
    app.control.set_channel("other", &other).await.unwrap();
    let key = Uuid::new_v4();
    answer(app.multicast_under(key, &users(1))).await;

    let url = format!("{}/v2/bot/message/multicast", app.simulator.url());
    let body = json!({ "to": users(1), "messages": [text("hello")] });
    let elsewhere = reqwest::Client::new()
        .post(url)
        .bearer_auth("another")
        .header("X-Line-Retry-Key", key.to_string())
        .json(&body);
    assert_eq!(answer(elsewhere).await.status, 200);
}

#[tokio::test]
async fn a_key_that_is_no_uuid_is_refused() {
    let app = App::start().await;
    for key in ["", "1", "batch-1", &Uuid::new_v4().simple().to_string()] {
        let request = app.multicast(&users(1)).header("X-Line-Retry-Key", key);
        assert_eq!(answer(request).await.status, 400, "{key}");
    }
    assert_eq!(app.totals().await.accepted, 0);
}

#[tokio::test]
async fn a_key_is_refused_where_nothing_is_sent() {
    let app = App::start().await;
    let validate = json!({ "messages": [text("x")] });
    for request in [
        app.get("/v2/bot/message/quota"),
        app.get("/v2/bot/message/quota/consumption"),
        app.get("/v2/bot/info"),
        app.post("/v2/bot/message/validate/push", &validate),
        app.post("/v2/bot/message/validate/multicast", &validate),
    ] {
        let key = Uuid::new_v4().to_string();
        let refused = answer(request.header("X-Line-Retry-Key", key)).await;
        assert_eq!(refused.status, 400);
    }
    assert_eq!(app.totals().await.answered(Endpoint::Quota, 400), 1);
}

#[tokio::test]
async fn other_bytes_under_a_known_key_are_noticed() {
    let app = App::start().await;
    let key = Uuid::new_v4();
    answer(app.multicast_under(key, &users(1))).await;
    assert_eq!(app.totals().await.changed_bodies, 0);
    assert_eq!(
        answer(app.multicast_under(key, &users(2))).await.status,
        409
    );
    assert_eq!(app.totals().await.changed_bodies, 1);
}
