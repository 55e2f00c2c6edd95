use event_bus::ConsistencyToken;
use event_store::LogPosition;
use proto::segmentation::v1::{
    CountContactsRequest, Filter, Filters, ListContactsRequest, ResolveAudienceRequest,
    SubscriptionStatus, Tags, TimeRange, filter::Condition,
};
use tonic::Code;
use uuid::Uuid;

use crate::app::{ACCOUNT, App, OTHER_ACCOUNT, OTHER_TEAM, Person, TEAM, person};

fn tags(tags: &[&str]) -> Tags {
    Tags {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
    }
}

fn of(condition: Condition) -> Filter {
    Filter {
        condition: Some(condition),
    }
}

fn range(after: Option<i64>, before: Option<i64>) -> TimeRange {
    let at = |seconds| prost_types::Timestamp { seconds, nanos: 0 };
    TimeRange {
        after: after.map(at),
        before: before.map(at),
    }
}

#[tokio::test]
async fn each_condition_finds_who_it_says() {
    let app = App::start().await;
    let at = |id, tags: &[&'static str], subscribed, interacted| Person {
        subscribed,
        interacted,
        ..person(id, tags)
    };
    let people = [
        at(1, &["repeat"], Some(100), Some(500)),
        at(2, &["repeat", "vip"], Some(200), Some(600)),
        at(3, &["vip"], Some(300), None),
        at(4, &[], None, None),
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
    let repeat_not_vip = Condition::All(Filters {
        filters: vec![
            of(Condition::HasAllTags(tags(&["repeat"]))),
            of(Condition::HasNoTag(tags(&["vip"]))),
        ],
    });
    assert_eq!(app.count(Some(repeat_not_vip), &token).await, 1);
}

#[tokio::test]
async fn a_person_who_blocks_is_blocked_until_the_next_follow() {
    let app = App::start().await;
    app.import(TEAM, &[person(1, &[]), person(2, &[])]).await;
    let subscribed = Some(Condition::Status(SubscriptionStatus::Subscribed.into()));
    let blocked = Some(Condition::Status(SubscriptionStatus::Blocked.into()));
    let token = app.block(1, 1_000).await;
    assert_eq!(app.count(blocked.clone(), &token).await, 1);
    assert_eq!(app.count(subscribed.clone(), &token).await, 1);
    let token = app.follow(1, 2_000).await;
    assert_eq!(app.count(blocked, &token).await, 0);
    assert_eq!(app.count(subscribed, &token).await, 2);
}

#[tokio::test]
async fn another_team_sees_nobody() {
    let app = App::start().await;
    let ours = app.import(TEAM, &[person(1, &["repeat"])]).await;
    assert_eq!(app.count(None, &ours).await, 1);
    let token = app
        .import(
            OTHER_TEAM,
            &[person(2, &["repeat"]), person(3, &["repeat"])],
        )
        .await;
    let mut other = app.client(OTHER_TEAM, "person:other");
    for account_id in [String::new(), ACCOUNT.to_string()] {
        let request = ListContactsRequest {
            account_id,
            consistency_token: token.clone(),
            ..ListContactsRequest::default()
        };
        let listed = other
            .list_contacts(request)
            .await
            .unwrap()
            .into_inner()
            .contacts;
        let names: Vec<String> = listed
            .into_iter()
            .map(|contact| contact.display_name)
            .collect();
        assert_eq!(names, ["Person 2", "Person 3"]);
    }
}

#[tokio::test]
async fn pages_go_on_where_the_last_ended_and_tokens_are_for_their_own_list() {
    let app = App::start().await;
    let people: Vec<Person> = (1..=7).map(|id| person(id, &["repeat"])).collect();
    let token = app.import(TEAM, &people).await;
    let mut client = app.person();
    let mut request = ListContactsRequest {
        page_size: 3,
        consistency_token: token,
        ..ListContactsRequest::default()
    };
    let mut found = Vec::new();
    let mut pages = 0;
    loop {
        pages += 1;
        let page = client
            .list_contacts(request.clone())
            .await
            .unwrap()
            .into_inner();
        found.extend(page.contacts.into_iter().map(|contact| contact.contact_id));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let all: Vec<String> = (1..=7).map(|id| Uuid::from_u128(id).to_string()).collect();
    assert_eq!((found, pages), (all, 3));

    let mut elsewhere = request.clone();
    elsewhere.filter = Some(of(Condition::HasAnyTag(tags(&["repeat"]))));
    let mut other_account = request.clone();
    other_account.account_id = ACCOUNT.to_string();
    let mut forged = request.clone();
    forged.page_token.push('x');
    for wrong in [elsewhere, other_account, forged] {
        assert_eq!(
            client.list_contacts(wrong).await.unwrap_err().code(),
            Code::InvalidArgument
        );
    }
    let stolen = app
        .client(OTHER_TEAM, "person:other")
        .list_contacts(request)
        .await;
    assert_eq!(stolen.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_last_page_that_is_full_has_no_next() {
    let app = App::start().await;
    let people = [person(1, &[]), person(2, &[])];
    let request = ListContactsRequest {
        page_size: 2,
        consistency_token: app.import(TEAM, &people).await,
        ..ListContactsRequest::default()
    };
    let page = app.person().list_contacts(request).await.unwrap();
    assert_eq!(page.get_ref().contacts.len(), 2);
    assert_eq!(page.get_ref().next_page_token, "");
}

#[tokio::test]
async fn an_account_has_its_own_people_and_the_team_has_all() {
    let app = App::start().await;
    let elsewhere = Person {
        account: OTHER_ACCOUNT,
        ..person(2, &[])
    };
    let token = app.import(TEAM, &[person(1, &[]), elsewhere]).await;
    let found = async |account_id: String| {
        let request = ListContactsRequest {
            account_id,
            consistency_token: token.clone(),
            ..ListContactsRequest::default()
        };
        let page = app.person().list_contacts(request).await.unwrap();
        let contacts = page.into_inner().contacts;
        let names = contacts.into_iter().map(|contact| contact.display_name);
        names.collect::<Vec<_>>()
    };
    assert_eq!(found(ACCOUNT.to_string()).await, ["Person 1"]);
    assert_eq!(found(OTHER_ACCOUNT.to_string()).await, ["Person 2"]);
    assert_eq!(found(String::new()).await, ["Person 1", "Person 2"]);
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
