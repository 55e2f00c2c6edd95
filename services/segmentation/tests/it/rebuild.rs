use uuid::Uuid;

use crate::app::{App, TEAM, person};

type Row = (Uuid, Option<String>, Vec<String>, i16);

async fn content(app: &App) -> Vec<Row> {
    sqlx::query_as("SELECT contact_id, address, tags, status FROM contacts ORDER BY contact_id")
        .fetch_all(&app.database.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_read_model_can_be_dropped_and_rebuilt_from_the_log() {
    let mut app = App::start().await;
    app.import(TEAM, &[person(1, &["a"]), person(2, &["b"])])
        .await;
    app.import(TEAM, &[person(1, &["c"])]).await;
    let token = app.block(2, 50).await;
    assert_eq!(app.count(None, &token).await, 2);
    let before = content(&app).await;
    for sql in ["TRUNCATE contacts", "DELETE FROM checkpoints"] {
        sqlx::query(sql).execute(&app.database.pool).await.unwrap();
    }
    app.restart().await;
    assert_eq!(app.count(None, &token).await, 2);
    assert_eq!(content(&app).await, before);
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
    for sql in ["TRUNCATE contacts", "DELETE FROM checkpoints"] {
        sqlx::query(sql).execute(&app.database.pool).await.unwrap();
    }
    app.restart().await;
    assert_eq!(app.count(None, &token).await, 2);
    let addresses: Vec<bool> = content(&app)
        .await
        .into_iter()
        .map(|row| row.1.is_some())
        .collect();
    assert_eq!(addresses, [false, true]);
}
