//! The read model is made of the log alone.

use proto::contacts::v1::ImportFormat;
use sqlx::PgPool;
use test_support::eventually;

use crate::app::{App, line_id};

#[tokio::test]
async fn a_read_model_that_is_dropped_is_rebuilt_to_the_same_content() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let file = |name: &str| {
        format!(
            "external_id,display_name,tags\n{},{name},vip\n{},An,\n",
            line_id(1),
            line_id(2)
        )
    };
    team.import(&account, ImportFormat::Csv, &file("Mei"))
        .await
        .unwrap();
    let done = team
        .import(&account, ImportFormat::Csv, &file("Lin Mei"))
        .await
        .unwrap();
    let body = format!(
        r#"{{"type":"follow","webhookEventId":"e1","timestamp":1700000000000,"source":{{"type":"user","userId":"{}"}}}}"#,
        line_id(2),
    );
    app.ingress.webhook(team.id, &account, &body).await;
    app.ingress.consumed(&app.database.pool).await;
    projected(&app.database.pool).await;
    let before = content(&app.database.pool).await;
    assert_eq!(team.contacts(&account, &done.token).await.len(), 2);

    let app = app.restart(forget).await;
    projected(&app.database.pool).await;
    assert_eq!(content(&app.database.pool).await, before);
}

#[tokio::test]
async fn a_contact_whose_key_is_destroyed_is_rebuilt_without_its_profile() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let file = format!(
        "external_id,display_name,tags\n{},Mei,vip\n{},An,vip\n",
        line_id(1),
        line_id(2),
    );
    let done = team
        .import(&account, ImportFormat::Csv, &file)
        .await
        .unwrap();
    let contacts = team.contacts(&account, &done.token).await;
    let (erased, kept) = contacts
        .iter()
        .partition::<Vec<_>, _>(|contact| contact.display_name == "Mei");
    let contact_id = erased[0].contact_id.parse().unwrap();
    app.ingress
        .vault
        .destroy_contact_key(team.id, contact_id)
        .await
        .unwrap();

    let app = app.restart(forget).await;
    let mut team = app.same_team(&team);
    projected(&app.database.pool).await;
    let contact = team.contact(&erased[0].contact_id).await.unwrap();
    assert_eq!(
        (contact.display_name.as_str(), contact.external_id.as_str()),
        ("", "")
    );
    assert_eq!(contact.tags, ["vip"]);
    assert_eq!(team.contact(&kept[0].contact_id).await.unwrap(), *kept[0]);

    let again = team
        .import(&account, ImportFormat::Csv, &file.replace("vip", "new"))
        .await
        .unwrap();
    assert_eq!(
        (again.counts.updated, again.counts.unchanged),
        (1, 1),
        "who was erased stays erased"
    );
    let contact = team.contact(&erased[0].contact_id).await.unwrap();
    assert_eq!(
        (contact.display_name.as_str(), contact.tags),
        ("", vec!["vip".to_owned()])
    );
}

async fn forget(pool: &PgPool) {
    sqlx::query!("TRUNCATE accounts, contacts")
        .execute(pool)
        .await
        .unwrap();
    sqlx::query!("DELETE FROM checkpoints WHERE consumer = 'contacts'")
        .execute(pool)
        .await
        .unwrap();
}

/// Waits until the projection has all that is in the log.
async fn projected(pool: &PgPool) {
    eventually("the read model is at the log's head", async || {
        let behind = sqlx::query_scalar!(
            r#"
            SELECT count(*) AS "count!" FROM log_heads
            LEFT JOIN checkpoints ON consumer = 'contacts' AND checkpoints.partition = log_heads.partition
            WHERE checkpoints.position IS DISTINCT FROM log_heads.position
            "#,
        );
        (behind.fetch_one(pool).await.unwrap() == 0).then_some(())
    })
    .await;
}

async fn content(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar!(
        r#"SELECT contacts::text AS "row!" FROM contacts UNION ALL SELECT accounts::text FROM accounts ORDER BY 1"#,
    )
    .fetch_all(pool)
    .await
    .unwrap()
}
