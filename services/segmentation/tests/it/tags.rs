use contacts_domain::first_tag_id;
use event_sourcing::StreamId;
use events::{
    ContactEvent, ContactsLogEvent,
    contact::{ContactsImported, ImportedContact},
    to_bytes,
};
use proto::segmentation::v1::{CountContactsRequest, Tags, filter::Condition};
use tonic::Code;
use uuid::Uuid;

use crate::{
    app::{ACCOUNT, App, TEAM},
    asking::{all, of, tags},
    people::person,
};

#[tokio::test]
async fn a_tag_that_is_renamed_stays_on_everyone() {
    let app = App::start().await;
    app.import(TEAM, &[person(1, &["vip"]), person(2, &["vip", "test"])])
        .await;
    let token = app.rename_tag("vip", "gold").await;
    assert_eq!(
        app.count(Some(Condition::HasAnyTag(tags(&["gold"]))), &token)
            .await,
        2
    );
    let listed = app.list(None, &token).await;
    assert_eq!(listed.contacts[0].tags, ["gold"]);
    assert_eq!(
        app.tag_counts(&token).await,
        [("gold".to_owned(), 2), ("test".to_owned(), 1)]
    );
}

#[tokio::test]
async fn a_tag_that_is_deleted_is_on_nobody() {
    let app = App::start().await;
    app.import(TEAM, &[person(1, &["vip", "test"])]).await;
    let token = app.delete_tag("vip").await;
    assert_eq!(app.tag_counts(&token).await, [("test".to_owned(), 1)]);
    assert_eq!(app.list(None, &token).await.contacts[0].tags, ["test"]);
}

#[tokio::test]
async fn an_unknown_tag_is_refused_by_its_place() {
    let app = App::start().await;
    let token = app.import(TEAM, &[person(1, &["vip"])]).await;
    let unknown_id = Tags {
        tags: vec!["vip".to_owned()],
        tag_ids: vec![Uuid::from_u128(77).to_string()],
    };
    let cases = [
        (
            tags(&["vip", "nobody"]),
            "filter.all.filters[0].has_any_tag.tags[1]",
        ),
        (unknown_id, "filter.all.filters[0].has_any_tag.tag_ids[0]"),
    ];
    for (unknown, field) in cases {
        let request = CountContactsRequest {
            filter: Some(of(all([of(Condition::HasAnyTag(unknown))]))),
            consistency_token: token.clone(),
            ..CountContactsRequest::default()
        };
        let refused = app.person().count_contacts(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let details = tonic_types::StatusExt::get_error_details(&refused);
        assert_eq!(
            details.bad_request().unwrap().field_violations[0].field,
            field
        );
    }
}

#[tokio::test]
async fn an_import_from_before_tags_had_ids_names_its_tags_unless_they_were_deleted_since() {
    let app = App::start().await;
    app.import(TEAM, &[person(2, &["gone"])]).await;
    let deleted = app.delete_tag("gone").await;
    let contact_id = Uuid::from_u128(1);
    let imported = ContactsImported {
        account_id: to_bytes(ACCOUNT),
        import_id: to_bytes(contact_id),
        contacts: vec![ImportedContact {
            contact_id: to_bytes(contact_id),
            tags: vec!["old".to_owned(), "gone".to_owned()],
            ..ImportedContact::default()
        }],
    };
    let event = ContactsLogEvent::Contact(ContactEvent::Imported(imported));
    let stream = StreamId {
        category: "contact",
        id: contact_id,
    };
    let token = app
        .append(TEAM, stream, Uuid::now_v7(), event)
        .await
        .encode();
    // What the dictionary said may be in the other partition.
    app.count(None, &deleted).await;
    assert_eq!(app.tag_counts(&token).await, [("old".to_owned(), 1)]);
    let by_id = Tags {
        tag_ids: vec![first_tag_id(TEAM, "old").to_string()],
        ..Tags::default()
    };
    assert_eq!(
        app.count(Some(Condition::HasAnyTag(by_id)), &token).await,
        1
    );
}
