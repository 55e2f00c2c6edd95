use event_bus::ConsistencyToken;
use event_store::LogPosition;
use proto::segmentation::v1::{
    CountContactsRequest, ListContactsRequest, NameMatchKind, ResolveAudienceRequest,
    SubscriptionStatus, filter::Condition,
};
use tonic::Code;

use crate::{
    app::{ACCOUNT, App, TEAM},
    asking::{all, name, of, range, status, tags},
    people::{Person, person},
};

#[tokio::test]
async fn each_condition_finds_who_it_says() {
    let app = App::start().await;
    let seen = |id, tags: &[&'static str], subscribed, interacted| Person {
        subscribed,
        interacted,
        ..person(id, tags)
    };
    let people = [
        seen(1, &["repeat"], Some(100), Some(500)),
        seen(2, &["repeat", "vip"], Some(200), Some(600)),
        seen(3, &["vip"], Some(300), None),
        seen(4, &[], None, None),
    ];
    let token = app.import(TEAM, &people).await;
    let cases = [
        (None, 4),
        (Some(Condition::HasAnyTag(tags(&["repeat", "vip"]))), 3),
        (Some(Condition::HasAllTags(tags(&["repeat", "vip"]))), 1),
        (Some(Condition::HasNoTag(tags(&["vip"]))), 2),
        (Some(Condition::SubscribedAt(range(Some(200), None))), 2),
        (
            Some(Condition::SubscribedAt(range(Some(100), Some(200)))),
            1,
        ),
        (Some(Condition::LastInteraction(range(None, Some(600)))), 1),
        // No interaction at all is in no range, and so in the range's complement.
        (
            Some(Condition::Not(Box::new(of(Condition::LastInteraction(
                range(None, Some(600)),
            ))))),
            3,
        ),
        (
            Some(Condition::Status(SubscriptionStatus::Subscribed.into())),
            4,
        ),
    ];
    for (condition, expected) in cases {
        assert_eq!(
            app.count(condition.clone(), &token).await,
            expected,
            "{condition:?}"
        );
    }
    let repeat_not_vip = all([
        of(Condition::HasAllTags(tags(&["repeat"]))),
        of(Condition::HasNoTag(tags(&["vip"]))),
    ]);
    assert_eq!(app.count(Some(repeat_not_vip), &token).await, 1);
}

#[tokio::test]
async fn a_person_who_blocks_is_blocked_until_the_next_follow() {
    let app = App::start().await;
    app.import(TEAM, &[person(1, &[]), person(2, &[])]).await;
    let subscribed = Some(status(SubscriptionStatus::Subscribed));
    let blocked = Some(status(SubscriptionStatus::Blocked));
    let token = app.block(1, 1_000).await;
    assert_eq!(app.count(blocked.clone(), &token).await, 1);
    assert_eq!(app.count(subscribed.clone(), &token).await, 1);
    let token = app.follow(1, 2_000).await;
    assert_eq!(app.count(blocked, &token).await, 0);
    assert_eq!(app.count(subscribed, &token).await, 2);
}

#[tokio::test]
async fn a_read_model_that_is_behind_says_to_ask_again() {
    let app = App::start().await;
    let at = LogPosition {
        partition: 0,
        position: 1_000_000,
    };
    let token = ConsistencyToken::of("contacts", at).encode();
    let count = CountContactsRequest {
        consistency_token: token.clone(),
        ..CountContactsRequest::default()
    };
    let list = ListContactsRequest {
        consistency_token: token.clone(),
        ..ListContactsRequest::default()
    };
    let resolve = ResolveAudienceRequest {
        account_id: ACCOUNT.to_string(),
        consistency_token: token,
        ..ResolveAudienceRequest::default()
    };
    let (mut counting, mut listing) = (app.person(), app.person());
    let mut resolving = app.client(TEAM, "service:broadcast");
    let (counted, listed, resolved) = tokio::join!(
        counting.count_contacts(count),
        listing.list_contacts(list),
        resolving.resolve_audience(resolve),
    );
    for refused in [
        counted.unwrap_err(),
        listed.unwrap_err(),
        resolved.map(drop).unwrap_err(),
    ] {
        assert_eq!(refused.code(), Code::Unavailable);
        let details = tonic_types::StatusExt::get_error_details(&refused);
        assert!(details.retry_info().unwrap().retry_delay.is_some());
    }
}

#[tokio::test]
async fn a_wrong_filter_is_refused_by_the_name_of_its_field() {
    let app = App::start().await;
    let request = CountContactsRequest {
        filter: Some(of(Condition::HasAnyTag(tags(&[])))),
        ..CountContactsRequest::default()
    };
    let refused = app.person().count_contacts(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let details = tonic_types::StatusExt::get_error_details(&refused);
    assert_eq!(
        details.bad_request().unwrap().field_violations[0].field,
        "filter.has_any_tag.tags"
    );
}

#[tokio::test]
async fn a_person_is_found_by_name_address_and_number() {
    let app = App::start().await;
    let mut mia = person(1, &[]);
    mia.profile.display_name = "ＭＩＡ 陳臺英".to_owned();
    mia.profile.email = "Mia@Example.com".to_owned();
    mia.profile.phone = "+886 988-346-004".to_owned();
    mia.profile.member_number = "M7".to_owned();
    let mut mimi = person(2, &[]);
    mimi.profile.display_name = "Mimi Chen".to_owned();
    let token = app.import(TEAM, &[mia, mimi]).await;
    let cases = [
        (name("mia 陳台英", NameMatchKind::Unspecified), 1),
        (name("mia", NameMatchKind::Unspecified), 0),
        (name("MI", NameMatchKind::Prefix), 2),
        (name("chen", NameMatchKind::Prefix), 0),
        (name("chen", NameMatchKind::Contains), 1),
        (name("陳臺", NameMatchKind::Contains), 1),
        (Condition::Email(" mia@example.COM ".to_owned()), 1),
        (Condition::Email("mimi@example.com".to_owned()), 0),
        (Condition::Phone("+886988346004".to_owned()), 1),
        (Condition::MemberNumber("M7".to_owned()), 1),
        (Condition::MemberNumber("m7".to_owned()), 0),
        (
            Condition::Not(Box::new(of(Condition::MemberNumber("M7".to_owned())))),
            1,
        ),
    ];
    for (condition, expected) in cases {
        assert_eq!(
            app.count(Some(condition.clone()), &token).await,
            expected,
            "{condition:?}"
        );
    }
}

#[tokio::test]
async fn a_browser_that_was_forgotten_binds_nobody() {
    let app = App::start().await;
    app.import(TEAM, &[person(1, &[]), person(2, &[])]).await;
    let token = app.bind(TEAM, 1, 10).await;
    assert_eq!(app.count(Some(Condition::SiteBound(true)), &token).await, 1);
    assert_eq!(
        app.count(Some(Condition::SiteBound(false)), &token).await,
        1
    );
    let token = app.unbind(TEAM, 1, 20).await;
    assert_eq!(app.count(Some(Condition::SiteBound(true)), &token).await, 0);
}

#[tokio::test]
async fn a_team_can_not_undo_what_a_person_decided() {
    let app = App::start().await;
    app.import(TEAM, &[person(1, &[]), person(2, &[])]).await;
    let unsubscribed = Some(status(SubscriptionStatus::Unsubscribed));
    let token = app.opt_out(TEAM, 1, 10).await;
    assert_eq!(app.count(unsubscribed.clone(), &token).await, 1);
    let token = app.opt_in_again(TEAM, 1, 20).await;
    assert_eq!(app.count(unsubscribed.clone(), &token).await, 1);
    let token = app.follow(1, 30).await;
    assert_eq!(app.count(unsubscribed, &token).await, 0);
}
