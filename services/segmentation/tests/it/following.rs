use proto::segmentation::v1::{CountContactsRequest, NameMatchKind};
use test_support::eventually;

use crate::{
    app::{App, Service, TEAM},
    asking::{name, of},
    people::person,
};

async fn named(service: &Service, part: &str) -> i64 {
    let request = CountContactsRequest {
        filter: Some(of(name(part, NameMatchKind::Contains))),
        ..CountContactsRequest::default()
    };
    let mut client = service.client(TEAM, "person:marketer");
    client
        .count_contacts(request)
        .await
        .unwrap()
        .into_inner()
        .matching
}

#[tokio::test]
async fn a_process_sees_what_another_has_projected() {
    let app = App::start().await;
    let token = app.import(TEAM, &[person(1, &[])]).await;
    assert_eq!(app.count(None, &token).await, 1);
    let other = app.another_service().await;
    assert_eq!(named(&other, "person").await, 1);
    app.import(TEAM, &[person(2, &[])]).await;
    eventually("the other process has the second person", async || {
        (named(&other, "person").await == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_name_that_changes_is_found_as_it_is_now() {
    let app = App::start().await;
    let token = app.import(TEAM, &[person(1, &[]), person(2, &[])]).await;
    let part = |part| Some(name(part, NameMatchKind::Contains));
    assert_eq!(app.count(part("person"), &token).await, 2);
    let mut profile = person(1, &[]).profile;
    profile.display_name = "Zoë".to_owned();
    let token = app.change_profile(TEAM, 1, &profile).await;
    assert_eq!(app.count(part("person"), &token).await, 1);
    assert_eq!(app.count(part("zoë"), &token).await, 1);
    let token = app.import(TEAM, &[person(3, &[])]).await;
    assert_eq!(app.count(part("person 3"), &token).await, 1);
}

#[tokio::test]
async fn an_index_whose_changes_were_forgotten_begins_anew() {
    let app = App::start().await;
    let token = app.import(TEAM, &[person(1, &[])]).await;
    assert_eq!(app.count(None, &token).await, 1);
    // As if the process had slept for longer than changes are kept: what is not noted is not seen.
    for sql in [
        "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             INSERT INTO forgotten_changes VALUES (NEW.partition, NEW.position)
             ON CONFLICT (partition) DO UPDATE SET position = excluded.position;
             RETURN NULL;
         END $$",
        "CREATE TRIGGER forget BEFORE INSERT ON changes FOR EACH ROW EXECUTE FUNCTION forget()",
    ] {
        sqlx::raw_sql(sql)
            .execute(&app.database.pool)
            .await
            .unwrap();
    }
    let token = app.import(TEAM, &[person(2, &[])]).await;
    assert_eq!(app.count(None, &token).await, 2);
}
