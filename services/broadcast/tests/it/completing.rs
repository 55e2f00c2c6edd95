use proto::broadcast::v1::BroadcastState;
use test_support::eventually;

use crate::{app::App, people::People};

/// A broadcast whose chunks are ready to be sent.
async fn sending(app: &App, people: u128) -> String {
    let people = People::subscribed(people);
    app.people.set(people.clone());
    let broadcast_id = app.confirmed().await;
    app.everyone_has_one_place(&[people]).await;
    broadcast_id
}

/// The rows that sending needs, and whether the key of its addresses is still there.
async fn left(app: &App) -> (i64, bool) {
    let rows = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM dispatch_chunks) + (SELECT count(*) FROM dispatch_contents)",
    );
    let key = sqlx::query_scalar("SELECT bool_or(wrapped IS NOT NULL) FROM broadcast_keys");
    (
        rows.fetch_one(&app.pool).await.unwrap(),
        key.fetch_one(&app.keys).await.unwrap(),
    )
}

async fn nothing_is_left(app: &App) {
    eventually("rows and key are gone", async || {
        (left(app).await == (0, false)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_broadcast_is_done_once_everyone_has_an_outcome_and_its_addresses_are_erased() {
    let app = App::start().await;
    let broadcast_id = sending(&app, 501).await;

    app.settle(&broadcast_id, 0, 500).await;
    let sending = app.settled(&broadcast_id, 500).await;
    assert_eq!(sending.state(), BroadcastState::Sending);
    assert_eq!(left(&app).await, (3, true));

    app.settle(&broadcast_id, 1, 1).await;
    let done = app.in_state(&broadcast_id, BroadcastState::Done).await;
    assert_eq!((done.included, done.settled), (501, 501));
    assert!(done.completed_at.is_some());
    nothing_is_left(&app).await;
}

#[tokio::test]
async fn a_broadcast_that_paused_says_why_and_goes_on_when_it_is_resumed() {
    let app = App::start().await;
    let broadcast_id = sending(&app, 3).await;

    app.pause(&broadcast_id).await;
    let paused = app.in_state(&broadcast_id, BroadcastState::Paused).await;
    assert!(
        paused.state_detail.contains("token expired"),
        "{}",
        paused.state_detail
    );
    for _ in 0..2 {
        let resumed = app.resume(&broadcast_id).await;
        let state = (resumed.state(), resumed.state_detail.as_str());
        assert_eq!(state, (BroadcastState::Sending, ""));
    }
}

#[tokio::test]
async fn what_a_stopped_broadcast_left_is_erased_once_everyone_has_an_outcome() {
    let app = App::start().await;
    let broadcast_id = sending(&app, 3).await;

    app.stop(&broadcast_id).await;
    let stopped = app.in_state(&broadcast_id, BroadcastState::Stopped).await;
    assert!(
        stopped.state_detail.contains("May not be empty"),
        "{}",
        stopped.state_detail
    );
    assert_eq!(left(&app).await, (2, true));

    app.settle(&broadcast_id, 0, 3).await;
    nothing_is_left(&app).await;
    let stopped = app.show(&broadcast_id).await;
    assert_eq!(
        (stopped.state(), stopped.settled),
        (BroadcastState::Stopped, 3)
    );
}
