use uuid::Uuid;

use crate::{
    app::{App, TEAM},
    people::{Person, person},
};

/// Every column of every contact, but for the place among the team's, which is given anew.
async fn content(app: &App) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT (to_jsonb(contacts) - 'ordinal')::text FROM contacts ORDER BY contact_id",
    )
    .fetch_all(&app.database.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn the_read_model_can_be_dropped_and_rebuilt_from_the_log() {
    let mut app = App::start().await;
    let with_times = Person {
        subscribed: Some(10),
        interacted: Some(20),
        ..person(1, &["a"])
    };
    let first = app
        .import(TEAM, &[with_times, person(2, &["b"]), person(4, &["a"])])
        .await;
    assert_eq!(app.count(None, &first).await, 3);
    app.follow(1, 30).await;
    app.opt_out(TEAM, 1, 35).await;
    app.retag(TEAM, 1, &["b"], &["a"]).await;
    app.bind(TEAM, 1, 36).await;
    let erased = app.erase(TEAM, 4).await;
    let imported = app.import(TEAM, &[person(1, &["c"])]).await;
    let blocked = app.block(2, 50).await;
    for token in [erased, imported, blocked.clone()] {
        app.count(None, &token).await;
    }
    assert_eq!(app.count(None, "").await, 2);
    let before = content(&app).await;

    app.rebuild().await;
    let imported = app.import(TEAM, &[person(5, &[])]).await;
    for token in [first, blocked, imported] {
        app.count(None, &token).await;
    }
    assert_eq!(app.count(None, "").await, 3);
    assert_eq!(content(&app).await[..3], before);
}

#[tokio::test]
async fn a_contact_whose_key_is_gone_is_rebuilt_and_shown_to_nobody() {
    let mut app = App::start().await;
    let token = app
        .import(TEAM, &[person(1, &["a"]), person(2, &["a"])])
        .await;
    assert_eq!(app.count(None, &token).await, 2);
    app.vault
        .destroy_contact_key(TEAM, Uuid::from_u128(1))
        .await
        .unwrap();
    app.rebuild().await;
    assert_eq!(app.count(None, &token).await, 2);
    let page = app.list(None, &token).await;
    let ids: Vec<&str> = page
        .contacts
        .iter()
        .map(|contact| contact.contact_id.as_str())
        .collect();
    assert_eq!(ids, [Uuid::from_u128(2).to_string()]);
}
