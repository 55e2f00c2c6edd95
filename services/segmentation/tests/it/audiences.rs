use proto::segmentation::v1::{
    ResolveAudienceRequest, ResolveAudienceResponse, SubscriptionStatus,
};
use test_support::eventually;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::app::{ACCOUNT, App, Client, OTHER_ACCOUNT, OTHER_TEAM, Person, TEAM, address, person};

async fn resolve(mut client: Client, token: &str) -> Result<Vec<ResolveAudienceResponse>, Status> {
    let request = ResolveAudienceRequest {
        account_id: ACCOUNT.to_string(),
        filter: None,
        consistency_token: token.to_owned(),
    };
    let mut stream = client.resolve_audience(request).await?.into_inner();
    let mut pages = Vec::new();
    while let Some(page) = stream.message().await? {
        pages.push(page);
    }
    Ok(pages)
}

fn ids(pages: &[ResolveAudienceResponse]) -> Vec<Uuid> {
    let ids = pages.iter().map(|page| events::ids(&page.contact_ids));
    ids.flatten().collect()
}

async fn is_in_a_transaction(app: &App) -> bool {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'idle in transaction')",
    )
    .fetch_one(&app.database.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn an_audience_is_everyone_with_what_sending_depends_on() {
    let app = App::start().await;
    let wrote = Person {
        interacted: Some(40),
        ..person(1, &[])
    };
    let elsewhere = Person {
        account: OTHER_ACCOUNT,
        ..person(3, &[])
    };
    let imported = app.import(TEAM, &[wrote, person(2, &[]), elsewhere]).await;
    assert_eq!(app.count(None, &imported).await, 2);
    let token = app.block(2, 50).await;
    let [page] = resolve(app.client(TEAM, "service:broadcast"), &token)
        .await
        .unwrap()
        .try_into()
        .unwrap();
    let ids = [Uuid::from_u128(1), Uuid::from_u128(2)];
    assert_eq!(page.contact_ids, events::join_ids(ids));
    assert_eq!(page.addresses, ids.map(address));
    assert_eq!(page.last_interaction_seconds, [40, 0]);
    let statuses: Vec<SubscriptionStatus> = page.statuses().collect();
    assert_eq!(
        statuses,
        [SubscriptionStatus::Subscribed, SubscriptionStatus::Blocked]
    );
}

#[tokio::test]
async fn only_services_resolve_and_only_for_the_team_they_act_for() {
    let app = App::start().await;
    let token = app.import(TEAM, &[person(1, &[])]).await;
    let refused = resolve(app.person(), &token).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let others = resolve(app.client(OTHER_TEAM, "service:broadcast"), &token)
        .await
        .unwrap();
    assert!(others.is_empty());
}

#[tokio::test]
async fn who_has_no_address_any_more_is_left_out() {
    let mut app = App::start().await;
    let token = app.import(TEAM, &[person(1, &[]), person(2, &[])]).await;
    let erased = app.vault.destroy_contact_key(TEAM, Uuid::from_u128(1));
    erased.await.unwrap();
    app.rebuild().await;
    let pages = resolve(app.client(TEAM, "service:broadcast"), &token)
        .await
        .unwrap();
    assert_eq!(ids(&pages), [Uuid::from_u128(2)]);
}

#[tokio::test]
async fn an_audience_is_of_one_moment_however_slowly_it_is_read() {
    const PEOPLE: usize = 30_000;
    let app = App::start().await;
    // 18 MB, which is more than can be on its way to a receiver that does not read.
    sqlx::query(
        "INSERT INTO contacts (contact_id, team_id, account_id, address, tags, status)
         SELECT gen_random_uuid(), $1, $2, repeat('U', 600), '{}', 1 FROM generate_series(1, $3) n",
    )
    .bind(TEAM)
    .bind(ACCOUNT)
    .bind(i32::try_from(PEOPLE).unwrap())
    .execute(&app.database.pool)
    .await
    .unwrap();
    let request = ResolveAudienceRequest {
        account_id: ACCOUNT.to_string(),
        ..ResolveAudienceRequest::default()
    };
    let mut client = app.client(TEAM, "service:broadcast");
    let mut stream = client.resolve_audience(request).await.unwrap().into_inner();
    let mut pages = vec![stream.message().await.unwrap().unwrap()];
    eventually("the service waits for its receiver", async || {
        is_in_a_transaction(&app).await.then_some(())
    })
    .await;
    sqlx::query("DELETE FROM contacts")
        .execute(&app.database.pool)
        .await
        .unwrap();
    while let Some(page) = stream.message().await.unwrap() {
        pages.push(page);
    }
    let sizes: Vec<usize> = pages.iter().map(|page| page.addresses.len()).collect();
    assert_eq!(sizes, [5_000; 6]);
    let ids = ids(&pages);
    assert_eq!(ids.len(), PEOPLE);
    assert!(ids.is_sorted_by(|one, next| one < next));
}
