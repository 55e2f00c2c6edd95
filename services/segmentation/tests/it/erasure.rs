use events::contact::Profile;
use proto::segmentation::v1::{CountContactsRequest, NameMatchKind, SubscriptionStatus};
use uuid::Uuid;

use crate::{
    app::{App, TEAM},
    asking::{ids, name, names, of, resolve, status},
    people::person,
};

#[tokio::test]
async fn whoever_was_erased_is_in_no_answer() {
    let app = App::start().await;
    app.import(TEAM, &[person(1, &["vip"]), person(2, &["vip"])])
        .await;
    let token = app.bind(TEAM, 1, 5).await;
    let by_name = || Some(name("person 1", NameMatchKind::Contains));
    assert_eq!(app.count(by_name(), &token).await, 1);
    app.erase(TEAM, 1).await;
    let token = app.interact(TEAM, 1, 99).await;
    let everyone = app
        .list(Some(status(SubscriptionStatus::All)), &token)
        .await;
    assert_eq!(names(&everyone), ["Person 2"]);
    assert_eq!(app.count(by_name(), &token).await, 0);
    assert_eq!(
        app.count(Some(name("person 1", NameMatchKind::Unspecified)), &token)
            .await,
        0
    );
    assert_eq!(app.tag_counts(&token).await, [("vip".to_owned(), 1)]);
    assert_eq!(app.totals(&token).await.all.unwrap().contacts, 1);
    for ids_only in [false, true] {
        let pages = resolve(app.sender(), None, ids_only, &token).await.unwrap();
        assert_eq!(ids(&pages), [Uuid::from_u128(2)]);
    }
}

#[tokio::test]
async fn a_row_keeps_nothing_of_an_erased_contact_but_its_ids() {
    let app = App::start().await;
    app.import(TEAM, &[person(1, &["vip"])]).await;
    let token = app.erase(TEAM, 1).await;
    app.count(None, &token).await;
    let row: String = sqlx::query_scalar("SELECT to_jsonb(contacts)::text FROM contacts")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    for column in ["sealed_profile", "name_key", "consent", "subscribed_at"] {
        assert!(row.contains(&format!("\"{column}\": null")), "{row}");
    }
    assert!(row.contains("\"tag_ids\": []"), "{row}");
}

#[tokio::test]
async fn no_personal_data_is_in_the_clear() {
    let app = App::start().await;
    let mut canary = person(1, &[]);
    canary.profile = Profile {
        external_id: "Ucanary".to_owned(),
        display_name: "canary".to_owned(),
        phone: "0988canary".to_owned(),
        email: "canary@example.com".to_owned(),
        member_number: "canary-7".to_owned(),
    };
    let token = app.import(TEAM, &[canary]).await;
    let request = CountContactsRequest {
        filter: Some(of(name("canary", NameMatchKind::Contains))),
        consistency_token: token,
        ..CountContactsRequest::default()
    };
    let counted = app.person().count_contacts(request).await.unwrap();
    assert_eq!(counted.into_inner().matching, 1);
    for table in ["contacts", "changes", "tags", "accounts"] {
        let sql = format!(
            "SELECT count(*) FROM {table} AS t WHERE t::text ILIKE '%canary%'
                           OR t::text ILIKE '%' || encode('canary'::bytea, 'hex') || '%'"
        );
        let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
        assert_eq!(found, 0, "{table}");
    }
}
