use uuid::Uuid;

use crate::app::{App, Person, TEAM, person};

/// Every column of every contact.
async fn content(app: &App) -> Vec<String> {
    sqlx::query_scalar("SELECT to_jsonb(contacts)::text FROM contacts ORDER BY contact_id")
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
    let first = app.import(TEAM, &[with_times, person(2, &["b"])]).await;
    assert_eq!(app.count(None, &first).await, 2);
    app.follow(1, 30).await;
    let imported = app.import(TEAM, &[person(1, &["c"])]).await;
    let blocked = app.block(2, 50).await;
    for token in [imported, blocked.clone()] {
        assert_eq!(app.count(None, &token).await, 2);
    }
    let before = content(&app).await;

    app.rebuild().await;
    let imported = app.import(TEAM, &[person(3, &[])]).await;
    for token in [first, blocked, imported] {
        assert_eq!(app.count(None, &token).await, 3);
    }
    assert_eq!(content(&app).await[..2], before);
}

#[tokio::test]
async fn a_contact_whose_key_is_gone_is_rebuilt_without_address_and_name() {
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
    let known: Vec<(bool, bool)> = sqlx::query_as(
        "SELECT address IS NOT NULL, display_name IS NOT NULL FROM contacts ORDER BY contact_id",
    )
    .fetch_all(&app.database.pool)
    .await
    .unwrap();
    assert_eq!(known, [(false, false), (true, true)]);
}
