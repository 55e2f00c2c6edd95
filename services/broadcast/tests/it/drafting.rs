use std::collections::BTreeSet;

use proto::broadcast::v1::{
    BroadcastState, CreateBroadcastResponse, GetBroadcastRequest, ListBroadcastsRequest,
};
use proto::segmentation::v1::{Filter, NameMatch, filter::Condition};
use simulator::{Endpoint, Fault, FaultKind};
use tonic::Code;
use uuid::Uuid;

use crate::app::{App, create};

#[tokio::test]
async fn a_repeated_request_drafts_one_broadcast() {
    let app = App::start().await;
    let request = create("Hello");
    let mut ids = Vec::new();
    for _ in 0..2 {
        let created = app
            .client()
            .create_broadcast(request.clone())
            .await
            .unwrap()
            .into_inner();
        ids.push(created.broadcast.unwrap().broadcast_id);
    }
    assert_eq!(ids[0], ids[1]);
    let listed = app
        .client()
        .list_broadcasts(ListBroadcastsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.broadcasts.len(), 1);
    assert_eq!(listed.broadcasts[0].state(), BroadcastState::Draft);
}

#[tokio::test]
async fn a_filter_that_names_somebody_is_read_back_and_is_in_the_clear_nowhere() {
    const NAME: &str = "王小明";
    let app = App::start().await;
    let name = NameMatch {
        value: NAME.to_owned(),
        ..NameMatch::default()
    };
    let filter = Filter {
        condition: Some(Condition::Name(name)),
    };
    let mut request = create("Hello");
    request.audience = Some(filter.clone());
    let created = app.client().create_broadcast(request).await.unwrap();
    let broadcast = created.into_inner().broadcast.unwrap();
    assert_eq!(broadcast.audience.as_ref(), Some(&filter));

    let listed = app
        .client()
        .list_broadcasts(ListBroadcastsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.broadcasts[0].audience, Some(filter));
    let shows: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM log_events e WHERE position($1::bytea IN payload) > 0)
             OR EXISTS (SELECT 1 FROM broadcasts b WHERE audience IS NOT NULL
                        OR position($1::bytea IN sealed_audience) > 0)",
    )
    .bind(NAME.as_bytes())
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert!(!shows);
}

#[tokio::test]
async fn content_is_refused_with_its_field_limit_and_value() {
    let app = App::start().await;
    let long = "x".repeat(5_001);
    for (text, said) in [
        (
            long.as_str(),
            "messages[0].text has 5001 UTF-16 units, more than 5000",
        ),
        ("", "messages[0].text is empty"),
        (
            "{{javascript:alert(1)}}",
            "`javascript:alert(1)` is not an http or https address",
        ),
    ] {
        let refused = app
            .client()
            .create_broadcast(create(text))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains(said), "{}", refused.message());
    }
    let mut nothing = create("Hello");
    nothing.messages.clear();
    let refused = app.client().create_broadcast(nothing).await.unwrap_err();
    assert!(
        refused.message().contains("messages must be 1 to 5"),
        "{}",
        refused.message()
    );
}

/// LINE knows limits that we don't: it is asked when a broadcast is saved, and silence refuses nothing.
#[tokio::test]
async fn what_line_refuses_is_not_saved_and_names_its_field() {
    let app = App::start().await;
    let at_validate = |kind| vec![Fault::new(kind).at(Endpoint::ValidateMulticast)];
    let request = create("Hello");
    let faults = at_validate(FaultKind::MessagesRefused);
    app.line.set_faults(7, faults.clone()).await.unwrap();
    let refused = app
        .client()
        .create_broadcast(request.clone())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let said = refused.message();
    assert!(said.contains("messages[0].text: May not be this"), "{said}");
    let list = ListBroadcastsRequest::default();
    let listed = app.client().list_broadcasts(list).await.unwrap();
    assert!(listed.into_inner().broadcasts.is_empty());

    for silence in [
        FaultKind::DropBeforeAccept,
        FaultKind::ErrorBeforeAccept,
        FaultKind::RateLimited,
        FaultKind::Unauthorized,
    ] {
        app.line.set_faults(7, at_validate(silence)).await.unwrap();
        app.client()
            .create_broadcast(create("Hello"))
            .await
            .unwrap();
    }

    app.line.set_faults(7, Vec::new()).await.unwrap();
    let saved = app.client().create_broadcast(request.clone()).await;
    app.line.set_faults(7, faults).await.unwrap();
    let again = app.client().create_broadcast(request).await.unwrap();
    let id = |created: tonic::Response<CreateBroadcastResponse>| {
        created.into_inner().broadcast.unwrap().broadcast_id
    };
    assert_eq!(id(saved.unwrap()), id(again), "a repeat is what was saved");
}

#[tokio::test]
async fn personal_links_take_room_for_a_persons_token_and_are_to_be_had_where_there_are_links() {
    let app = App::start().await;
    let mut request = create("{{https://shop.example/}}");
    request.personal_links = true;
    let created = app.client().create_broadcast(request).await.unwrap();
    let broadcast = created.into_inner().broadcast.unwrap();
    let personal = app.preview(&broadcast.broadcast_id).await.rendered_messages[0].len();
    let everybodys = app.preview(&app.draft().await).await.rendered_messages[0].len();
    // A token is 32 characters long, a person's own is 54; and the draft says `Hello ` first.
    assert_eq!(personal + "Hello ".len() - everybodys, 22);

    let mut request = create("Hello");
    request.personal_links = true;
    let refused = app.client().create_broadcast(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("personal_links"));
}

#[tokio::test]
async fn a_list_has_every_broadcast_once_though_some_were_drafted_at_the_same_time() {
    let app = App::start().await;
    let mut drafted = BTreeSet::new();
    for _ in 0..5 {
        drafted.insert(app.draft().await);
    }
    sqlx::query("UPDATE broadcasts SET drafted_at = now()")
        .execute(&app.pool)
        .await
        .unwrap();
    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListBroadcastsRequest {
            page_size: 2,
            page_token,
            ..ListBroadcastsRequest::default()
        };
        let page = app.client().list_broadcasts(request).await.unwrap();
        let page = page.into_inner();
        listed.extend(page.broadcasts.into_iter().map(|one| one.broadcast_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed.len(), drafted.len());
    assert_eq!(BTreeSet::from_iter(listed), drafted);
}

#[tokio::test]
async fn another_team_sees_no_broadcast_and_no_account() {
    let app = App::start().await;
    let broadcast_id = app.draft().await;
    let mut other = app.client_of(Uuid::from_u128(0xb));
    let request = GetBroadcastRequest {
        broadcast_id: broadcast_id.clone(),
        ..GetBroadcastRequest::default()
    };
    assert_eq!(
        other.get_broadcast(request).await.unwrap_err().code(),
        Code::NotFound
    );
    let request = proto::broadcast::v1::PreviewBroadcastRequest {
        broadcast_id: broadcast_id.clone(),
        ..Default::default()
    };
    assert_eq!(
        other.preview_broadcast(request).await.unwrap_err().code(),
        Code::NotFound
    );
    let request = proto::broadcast::v1::ConfirmBroadcastRequest {
        broadcast_id: broadcast_id.clone(),
        preview_hash: "x".to_owned(),
        request_id: Uuid::new_v4().to_string(),
    };
    assert_eq!(
        other.confirm_broadcast(request).await.unwrap_err().code(),
        Code::NotFound
    );
    let request = proto::broadcast::v1::ResumeBroadcastRequest { broadcast_id };
    assert_eq!(
        other.resume_broadcast(request).await.unwrap_err().code(),
        Code::NotFound
    );
    assert_eq!(
        other
            .create_broadcast(create("Hello"))
            .await
            .unwrap_err()
            .code(),
        Code::NotFound
    );
    let listed = other
        .list_broadcasts(ListBroadcastsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert!(listed.broadcasts.is_empty());
}
