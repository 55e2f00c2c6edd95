use std::path::{Path, PathBuf};

use events::{IngressLogEvent, ingested::OrderPlaced};
use ingress::orders_in_subject;
use reqwest::StatusCode;
use serde_json::{Value, json};
use test_support::eventually;
use uuid::Uuid;

use crate::app::{App, TEAM};

fn order(id: &str) -> Value {
    json!({"order_id": id, "placed_at": "2027-01-10T08:00:00+08:00", "currency": "USD", "amount_minor": 2933,
           "visitor_id": Uuid::from_u128(7), "member_number": "00112"})
}

async fn post(app: &App, token: &str, body: &Value) -> (StatusCode, Value) {
    let response = app
        .http
        .post(app.url("/v1/orders"))
        .bearer_auth(token)
        .json(body)
        .send()
        .await
        .unwrap();
    (response.status(), response.json().await.unwrap())
}

async fn orders(app: &App) -> Vec<(Uuid, OrderPlaced)> {
    let journalled = app.journalled().await;
    journalled
        .into_iter()
        .filter_map(|(logged, event)| match event {
            IngressLogEvent::OrderPlaced(order) => Some((logged.team_id, order)),
            IngressLogEvent::WebhookReceived(_)
            | IngressLogEvent::LinkClicked(_)
            | IngressLogEvent::MessageProgressed(_)
            | IngressLogEvent::UnsubscribeRequested(_)
            | IngressLogEvent::AddressSuppressed(_) => None,
        })
        .collect()
}

#[tokio::test]
async fn an_order_is_taken_once_however_often_it_is_sent() {
    let app = App::start().await;
    let token = App::token(TEAM);
    let (status, first) = post(&app, &token, &order("A")).await;
    assert_eq!(
        (status, &first["orders"][0]["status"]),
        (StatusCode::OK, &json!("new"))
    );
    let (_, again) = post(&app, &token, &json!([order("A"), order("B")])).await;
    assert_eq!(
        again["orders"],
        json!([{"order_id": "A", "status": "known"}, {"order_id": "B", "status": "new"}])
    );
    assert_eq!(orders(&app).await.len(), 2);
}

#[tokio::test]
async fn the_same_order_number_of_another_team_is_another_order() {
    let app = App::start().await;
    let other = Uuid::from_u128(0xb);
    post(&app, &App::token(TEAM), &order("A")).await;
    post(&app, &App::token(other), &order("A")).await;
    let orders = orders(&app).await;
    assert_eq!(orders.len(), 2);
    // The look-up key of a member number is the team's own.
    assert_ne!(orders[0].1.member_key, orders[1].1.member_key);
}

#[tokio::test]
async fn a_wrong_order_is_refused_by_name_and_the_others_are_taken() {
    let app = App::start().await;
    let mut wrong = order("B");
    wrong["currency"] = json!("dollars");
    let (status, body) = post(&app, &App::token(TEAM), &json!([order("A"), wrong])).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        body["orders"][1]["error"],
        "currency: give three capital letters, as ISO 4217 has them"
    );
    assert_eq!(orders(&app).await.len(), 1);
}

#[tokio::test]
async fn orders_without_a_teams_token_are_refused() {
    let app = App::start().await;
    let (status, _) = post(&app, "forged", &order("A")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(orders(&app).await.is_empty());
}

#[tokio::test]
async fn a_member_number_is_not_in_the_log_in_clear() {
    let app = App::start().await;
    post(&app, &App::token(TEAM), &order("A")).await;
    let [(logged, _)] = app.journalled().await.try_into().unwrap();
    assert!(!String::from_utf8_lossy(&logged.payload).contains("00112"));
}

#[tokio::test]
async fn orders_over_nats_are_acknowledged_after_the_journal_has_them() {
    let app = App::start().await;
    let publish = async |body: Value| {
        eventually("the stream of orders is there", async || {
            let payload = serde_json::to_vec(&body).unwrap();
            let published = app
                .nats
                .jetstream
                .publish(orders_in_subject(TEAM), payload.into())
                .await
                .ok()?;
            published.await.ok()
        })
        .await;
    };
    publish(json!([order("A"), order("B")])).await;
    publish(order("B")).await;
    publish(json!({"order_id": "C"})).await;
    eventually("all are acknowledged", async || {
        let stream = app
            .nats
            .jetstream
            .get_stream(ingress::ORDERS_IN_STREAM)
            .await
            .ok()?;
        (stream.cached_info().state.messages == 0).then_some(())
    })
    .await;
    let mut ids: Vec<String> = orders(&app)
        .await
        .into_iter()
        .map(|(_, order)| order.order_id)
        .collect();
    ids.sort();
    assert_eq!(ids, ["A", "B"]);
}

#[tokio::test]
async fn an_order_from_nats_leaves_no_member_number_in_the_servers_files() {
    const ORDERS: usize = 40;
    const REFUSED: usize = 7;
    let app = App::start().await;
    // The orders of one partition wait, so that the server keeps its file while the others leave.
    let mut held = app.pool.begin().await.unwrap();
    sqlx::query("SELECT position FROM log_heads WHERE partition = 0 FOR UPDATE")
        .execute(&mut *held)
        .await
        .unwrap();
    for number in 0..ORDERS {
        let mut order = order(&format!("N{number}"));
        order["member_number"] = json!(format!("member-of-N{number}-"));
        // What is refused is erased as well.
        if number == REFUSED {
            order["currency"] = json!("dollars");
        }
        let payload = serde_json::to_vec(&order).unwrap();
        eventually("the stream of orders is there", async || {
            let jetstream = &app.nats.jetstream;
            let subject = orders_in_subject(TEAM);
            let published = jetstream.publish(subject, payload.clone().into()).await;
            published.ok()?.await.ok()
        })
        .await;
    }
    let mut stream = (app.nats.jetstream)
        .get_stream(ingress::ORDERS_IN_STREAM)
        .await
        .unwrap();
    // Its stream's id decides in which partition an order is.
    let waits = |number: usize| {
        let name = format!("order/N{number}");
        let stream_id = Uuid::new_v5(&TEAM, name.as_bytes());
        number != REFUSED && event_store::partition_of(stream_id, 2) == 0
    };
    let waiting = (0..ORDERS).filter(|number| waits(*number)).count();
    assert!((1..ORDERS - 1).contains(&waiting));
    eventually("all but those that wait are taken off", async || {
        let left = stream.info().await.unwrap().state.messages;
        (left == waiting as u64).then_some(())
    })
    .await;
    assert_eq!(orders(&app).await.len(), ORDERS - 1 - waiting);

    let found = |number: usize| {
        let member_number = format!("member-of-N{number}-");
        !files_with(app.nats.store_dir(), member_number.as_bytes()).is_empty()
    };
    for number in 0..ORDERS {
        assert_eq!(found(number), waits(number), "N{number}");
    }
}

/// Looks at the bytes of every file below `folder`.
fn files_with(folder: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, bytes));
        } else {
            // A file may be replaced while it is looked for.
            let content = std::fs::read(&path).unwrap_or_default();
            if content.windows(bytes.len()).any(|part| part == bytes) {
                found.push(path);
            }
        }
    }
    found
}
