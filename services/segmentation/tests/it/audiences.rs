use proto::segmentation::v1::{ResolveAudienceRequest, SubscriptionStatus};
use tonic::Code;
use uuid::Uuid;

use crate::{
    app::{ACCOUNT, App, OTHER_ACCOUNT, OTHER_TEAM, TEAM},
    asking::{ids, resolve},
    people::{Person, address, person},
};

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
    let [page] = resolve(app.sender(), None, false, &token)
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
    let refused = resolve(app.person(), None, false, &token)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let others = resolve(
        app.client(OTHER_TEAM, "service:broadcast"),
        None,
        false,
        &token,
    )
    .await
    .unwrap();
    assert!(others.is_empty());
}

#[tokio::test]
async fn who_has_no_address_any_more_is_left_out() {
    let app = App::start().await;
    let token = app.import(TEAM, &[person(1, &[]), person(2, &[])]).await;
    let erased = app.vault.destroy_contact_key(TEAM, Uuid::from_u128(1));
    erased.await.unwrap();
    let pages = resolve(app.sender(), None, false, &token).await.unwrap();
    assert_eq!(ids(&pages), [Uuid::from_u128(2)]);
}

#[tokio::test]
async fn an_audience_without_addresses_needs_no_keys() {
    let app = App::start().await;
    let token = app.import(TEAM, &[person(1, &[]), person(2, &[])]).await;
    let erased = app.vault.destroy_contact_key(TEAM, Uuid::from_u128(1));
    erased.await.unwrap();
    let pages = resolve(app.sender(), None, true, &token).await.unwrap();
    assert_eq!(ids(&pages), [Uuid::from_u128(1), Uuid::from_u128(2)]);
    assert!(pages[0].addresses.is_empty());
}

#[tokio::test]
async fn an_audience_is_of_one_moment_however_slowly_it_is_read() {
    const PEOPLE: u128 = 12_000;
    let app = App::start().await;
    let people: Vec<Person> = (1..=PEOPLE)
        .map(|id| {
            let mut person = person(id, &["before"]);
            // More than can be on its way to a receiver that does not read.
            person.profile.external_id = "U".repeat(600);
            person
        })
        .collect();
    let token = app.import(TEAM, &people).await;
    let request = ResolveAudienceRequest {
        account_id: ACCOUNT.to_string(),
        consistency_token: token,
        ..ResolveAudienceRequest::default()
    };
    let mut client = app.sender();
    let mut stream = client.resolve_audience(request).await.unwrap().into_inner();
    let mut pages = vec![stream.message().await.unwrap().unwrap()];
    let blocked = app.block(PEOPLE, 50).await;
    let imported = app.import(TEAM, &[person(PEOPLE + 1, &[])]).await;
    for token in [blocked, imported] {
        app.count(None, &token).await;
    }
    while let Some(page) = stream.message().await.unwrap() {
        pages.push(page);
    }
    let sizes: Vec<usize> = pages.iter().map(|page| page.addresses.len()).collect();
    assert_eq!(sizes, [5_000, 5_000, 2_000]);
    let all_subscribed = |page: &proto::segmentation::v1::ResolveAudienceResponse| {
        page.statuses()
            .all(|status| status == SubscriptionStatus::Subscribed)
    };
    assert!(pages.iter().all(all_subscribed));
    assert!(ids(&pages).is_sorted_by(|one, next| one < next));
}
