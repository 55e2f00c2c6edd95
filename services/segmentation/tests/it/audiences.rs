use proto::segmentation::v1::{
    ResolveAudienceRequest, ResolveAudienceResponse, SubscriptionStatus,
};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::app::{ACCOUNT, App, Client, OTHER_TEAM, TEAM, address, person};

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

#[tokio::test]
async fn an_audience_is_everyone_with_what_sending_depends_on() {
    let app = App::start().await;
    app.import(TEAM, &[person(1, &[]), person(2, &[])]).await;
    let token = app.block(2, 50).await;
    let [page] = resolve(app.client(TEAM, "service:broadcast"), &token)
        .await
        .unwrap()
        .try_into()
        .unwrap();
    let ids = [Uuid::from_u128(1), Uuid::from_u128(2)];
    assert_eq!(page.contact_ids, events::join_ids(ids));
    assert_eq!(page.addresses, ids.map(address));
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
async fn an_audience_is_of_one_moment_however_slowly_it_is_read() {
    let app = App::start().await;
    app.import(TEAM, &[person(1, &[])]).await;
    // Enough people for several pages, as the projection would write them.
    sqlx::query(
        "INSERT INTO contacts (contact_id, team_id, account_id, address, tags, status)
         SELECT gen_random_uuid(), $1, $2, 'U' || n, '{}', 1 FROM generate_series(1, 12000) n",
    )
    .bind(TEAM)
    .bind(ACCOUNT)
    .execute(&app.database.pool)
    .await
    .unwrap();
    let request = ResolveAudienceRequest {
        account_id: ACCOUNT.to_string(),
        ..ResolveAudienceRequest::default()
    };
    let mut client = app.client(TEAM, "service:broadcast");
    let mut stream = client.resolve_audience(request).await.unwrap().into_inner();
    let mut people = stream.message().await.unwrap().unwrap().addresses.len();
    sqlx::query("DELETE FROM contacts")
        .execute(&app.database.pool)
        .await
        .unwrap();
    while let Some(page) = stream.message().await.unwrap() {
        people += page.addresses.len();
    }
    assert!(people >= 12_000, "{people}");
}
