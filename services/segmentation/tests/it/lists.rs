use proto::segmentation::v1::{ListContactsRequest, SubscriptionStatus, filter::Condition};
use tonic::Code;
use uuid::Uuid;

use crate::{
    app::{ACCOUNT, App, OTHER_ACCOUNT, OTHER_TEAM, TEAM},
    asking::{in_order, names, of, status, tags},
    people::{Person, person},
};

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
    found.sort_unstable();
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
        let contacts = page.into_inner().contacts.into_iter();
        let mut names: Vec<String> = contacts.map(|contact| contact.display_name).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(found(ACCOUNT.to_string()).await, ["Person 1"]);
    assert_eq!(found(OTHER_ACCOUNT.to_string()).await, ["Person 2"]);
    assert_eq!(found(String::new()).await, ["Person 1", "Person 2"]);
}

#[tokio::test]
async fn a_list_shows_the_subscribed_unless_it_is_asked_for_others() {
    let app = App::start().await;
    app.import(TEAM, &[person(1, &[]), person(2, &[])]).await;
    let token = app.block(2, 50).await;
    let subscribed = app.list(None, &token).await;
    assert_eq!(names(&subscribed), ["Person 1"]);
    assert_eq!((subscribed.total, subscribed.effective), (1, 1));
    let everyone = app
        .list(Some(status(SubscriptionStatus::All)), &token)
        .await;
    assert_eq!(names(&everyone), ["Person 1", "Person 2"]);
    assert_eq!((everyone.total, everyone.effective), (2, 1));
}

#[tokio::test]
async fn a_page_far_down_is_reached_at_once() {
    let app = App::start().await;
    let people: Vec<Person> = (1..=7).map(|id| person(id, &[])).collect();
    let token = app.import(TEAM, &people).await;
    let everyone = app.list(None, &token).await;
    let everyone = in_order(&everyone);
    let mut request = ListContactsRequest {
        skip: 4,
        page_size: 2,
        ..ListContactsRequest::default()
    };
    let page = app
        .person()
        .list_contacts(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(in_order(&page), everyone[4..6]);
    request.page_token = page.next_page_token;
    let page = app
        .person()
        .list_contacts(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(in_order(&page), everyone[6..]);
    let beyond = ListContactsRequest {
        skip: 7,
        ..ListContactsRequest::default()
    };
    let page = app
        .person()
        .list_contacts(beyond)
        .await
        .unwrap()
        .into_inner();
    assert_eq!((names(&page).len(), page.total), (0, 7));
    request.skip = -1;
    let refused = app.person().list_contacts(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}
