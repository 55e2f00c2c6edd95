//! A team's tags.

use event_sourcing::EventCodec as _;
use events::{
    ContactEvent, ContactsLogEvent, TagEvent,
    contact::{ContactsImported, ImportedContact},
    to_bytes,
};
use futures_util::future::join_all;
use proto::contacts::v1::{DeleteTagRequest, RenameTagRequest, TagContactsRequest};
use test_support::eventually;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    app::{App, Team},
    talk::tagging,
};

async fn rename(team: &mut Team, tag_id: &str, name: &str) -> Result<String, Status> {
    let request = RenameTagRequest {
        tag_id: tag_id.to_owned(),
        name: name.to_owned(),
    };
    let renamed = team.talk.tags.rename_tag(request).await?.into_inner();
    assert_eq!(renamed.tag.unwrap().name, name);
    Ok(renamed.consistency_token)
}

async fn delete(team: &mut Team, tag_id: &str) -> Result<String, Status> {
    let request = DeleteTagRequest {
        tag_id: tag_id.to_owned(),
    };
    let deleted = team.talk.tags.delete_tag(request).await?;
    Ok(deleted.into_inner().consistency_token)
}

#[tokio::test]
async fn a_tag_is_put_on_contacts_and_taken_off() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(3).await;
    let request = tagging(&[&people[0], &people[1]], &["vip", "新客"], &[]);
    let token = team.tag(request).await.unwrap();
    let tagged = team
        .contact_after(&people[0].contact_id, &token)
        .await
        .unwrap();
    assert_eq!(tagged.tags, ["vip", "新客"]);
    let other = team.contact(&people[2].contact_id).await.unwrap();
    assert_eq!(other.tags, Vec::<String>::new());

    // What nobody has is taken off nobody, and does not become a tag.
    let request = tagging(&[&people[0]], &["gold"], &["vip", "unheard"]);
    let token = team.tag(request).await.unwrap();
    let tagged = team
        .contact_after(&people[0].contact_id, &token)
        .await
        .unwrap();
    assert_eq!(tagged.tags, ["gold", "新客"]);
    assert!(team.create_tag("unheard").await.is_ok());
}

#[tokio::test]
async fn a_tag_that_is_renamed_stays_on_everyone() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(2).await;
    let (vip, _) = team.create_tag(" vip ").await.unwrap();
    assert_eq!(vip.name, "vip");
    let all: Vec<_> = people.iter().collect();
    let token = team.tag(tagging(&all, &["vip"], &[])).await.unwrap();
    for person in &people {
        // The token of what comes next says nothing of these.
        let tagged = team.contact_after(&person.contact_id, &token).await;
        assert_eq!(tagged.unwrap().tags, ["vip"]);
    }

    let events = app.events().await;
    let token = rename(&mut team, &vip.tag_id, "gold").await.unwrap();
    assert_eq!(app.events().await, events + 1);
    for person in &people {
        let contact = team
            .contact_after(&person.contact_id, &token)
            .await
            .unwrap();
        assert_eq!(contact.tags, ["gold"]);
    }
    // The name is free; a tag of that name is another one.
    let (again, token) = team.create_tag("vip").await.unwrap();
    assert_ne!(again.tag_id, vip.tag_id);
    let contact = team
        .contact_after(&people[0].contact_id, &token)
        .await
        .unwrap();
    assert_eq!(contact.tags, ["gold"]);
}

#[tokio::test]
async fn a_tag_that_is_deleted_is_on_nobody() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(1).await;
    team.tag(tagging(&[&people[0]], &["vip"], &[]))
        .await
        .unwrap();
    let taken = team.create_tag("vip").await.unwrap_err();
    assert_eq!(taken.code(), Code::AlreadyExists);
    let vip = tag_id(&app, "vip").await;

    let token = delete(&mut team, &vip).await.unwrap();
    let contact = team
        .contact_after(&people[0].contact_id, &token)
        .await
        .unwrap();
    assert_eq!(contact.tags, Vec::<String>::new());
    let again = delete(&mut team, &vip).await.unwrap_err();
    assert_eq!(again.code(), Code::NotFound);
    let renamed = rename(&mut team, &vip, "gold").await.unwrap_err();
    assert_eq!(renamed.code(), Code::NotFound);
}

async fn tag_id(app: &App, name: &str) -> String {
    let tag_id = eventually("the tag is known", async || {
        sqlx::query_scalar!("SELECT tag_id FROM tags WHERE name = $1", name)
            .fetch_optional(&app.database.pool)
            .await
            .unwrap()
    });
    tag_id.await.to_string()
}

/// What was imported by a release that had no dictionary.
#[tokio::test]
async fn a_tag_of_before_there_was_a_dictionary_is_taken_in() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let contact_id = Uuid::now_v7();
    let event_id = Uuid::now_v7();
    let keys = app
        .ingress
        .vault
        .ensure_contact_keys(team.id, &[contact_id])
        .await
        .unwrap();
    let aad = vault::Aad {
        team_id: team.id,
        subject_id: contact_id,
        event_id,
        event_type: "fanfare.events.contacts.v1.ContactsImported",
    };
    let imported = ContactEvent::Imported(ContactsImported {
        account_id: to_bytes(account.parse().unwrap()),
        import_id: to_bytes(Uuid::now_v7()),
        contacts: vec![ImportedContact {
            contact_id: to_bytes(contact_id),
            identity: vec![1; 32],
            sealed_profile: keys.live(contact_id).unwrap().seal(&aad, b""),
            tags: vec!["vip".to_owned(), "old".to_owned()],
            ..ImportedContact::default()
        }],
    });
    app.append(team.id, contact_id, event_id, imported.encode())
        .await;
    let contact_id = contact_id.to_string();
    test_support::eventually("the contact is there", async || {
        team.contact(&contact_id).await.ok()
    })
    .await;

    let taken = team.create_tag("vip").await.unwrap_err();
    assert_eq!(taken.code(), Code::AlreadyExists);
    let vip = tag_id(&app, "vip").await;
    let token = rename(&mut team, &vip, "gold").await.unwrap();
    let contact = team.contact_after(&contact_id, &token).await.unwrap();
    assert_eq!(contact.tags, ["gold", "old"]);
    let token = delete(&mut team, &tag_id(&app, "old").await).await.unwrap();
    let contact = team.contact_after(&contact_id, &token).await.unwrap();
    assert_eq!(contact.tags, ["gold"]);
    let (again, _) = team.create_tag("vip").await.unwrap();
    assert_ne!(again.tag_id, vip);
}

#[tokio::test]
async fn tagging_many_is_an_event_a_partition_and_a_repeat_changes_nothing() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(1000).await;
    let all: Vec<_> = people.iter().collect();
    let request = tagging(&all, &["vip"], &[]);
    let token = team.tag(request.clone()).await.unwrap();
    let events = app.events().await;
    assert_eq!(team.tag(request).await.unwrap(), token);
    assert_eq!(app.events().await, events);

    let mut tagged = 0;
    let mut appended = 0;
    for (partition, event) in app.log().await {
        if let ContactsLogEvent::Contact(ContactEvent::Tagged(event)) = event {
            appended += 1;
            for contact_id in events::ids(&event.contact_ids) {
                assert_eq!(event_store::partition_of(contact_id, 4), partition);
                tagged += 1;
            }
        }
    }
    assert_eq!((tagged, appended), (1000, 4));
    let contact = team
        .contact_after(&people[999].contact_id, &token)
        .await
        .unwrap();
    assert_eq!(contact.tags, ["vip"]);
}

#[tokio::test]
async fn a_repeat_does_not_bring_a_deleted_tag_back() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(1).await;
    let request = tagging(&[&people[0]], &["vip"], &[]);
    let token = team.tag(request.clone()).await.unwrap();
    team.contact_after(&people[0].contact_id, &token)
        .await
        .unwrap();
    delete(&mut team, &tag_id(&app, "vip").await).await.unwrap();
    team.tag(request).await.unwrap();
    let created = app
        .log()
        .await
        .into_iter()
        .filter(|(_, event)| matches!(event, ContactsLogEvent::Tag(TagEvent::Created(_))));
    assert_eq!(created.count(), 1);
}

#[tokio::test]
async fn a_name_gets_one_id_whoever_uses_it_first() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(6).await;
    let taggings = people.iter().map(|person| {
        let mut team = app.same_team(&team);
        async move { team.tag(tagging(&[person], &["a", "b"], &[])).await }
    });
    for tagged in join_all(taggings).await {
        let token = tagged.unwrap();
        team.contact_after(&people[0].contact_id, &token)
            .await
            .unwrap();
    }
    let mut names: Vec<String> = Vec::new();
    for (_, event) in app.log().await {
        if let ContactsLogEvent::Tag(TagEvent::Created(created)) = event {
            names.extend(created.tags.into_iter().map(|tag| tag.name));
        }
    }
    names.sort_unstable();
    assert_eq!(names, ["a", "b"]);
    for person in &people {
        assert_eq!(
            team.contact(&person.contact_id).await.unwrap().tags,
            ["a", "b"]
        );
    }
}

#[tokio::test]
async fn nothing_changes_where_something_is_wrong() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(2).await;
    let events = app.events().await;
    let right = tagging(&[&people[0], &people[1]], &["vip"], &[]);
    let mut unknown = right.clone();
    unknown.contact_ids[1] = Uuid::new_v4().to_string();
    let refused = team.tag(unknown).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert!(refused.message().starts_with("contact_ids[1]"), "{refused}");

    let wrong = |change: &dyn Fn(&mut TagContactsRequest)| {
        let mut request = right.clone();
        change(&mut request);
        request
    };
    let cases = [
        ("request_id", wrong(&|r| r.request_id.clear())),
        ("contact_ids", wrong(&|r| r.contact_ids.clear())),
        (
            "contact_ids",
            wrong(&|r| r.contact_ids = vec![String::new(); 1001]),
        ),
        (
            "contact_ids[0]",
            wrong(&|r| r.contact_ids[0] = "x".to_owned()),
        ),
        ("add_tags", wrong(&|r| r.add_tags.clear())),
        ("add_tags[0]", wrong(&|r| r.add_tags[0] = "a|b".to_owned())),
        (
            "add_tags",
            wrong(&|r| r.add_tags = vec!["a".to_owned(); 51]),
        ),
        (
            "remove_tags[0]",
            wrong(&|r| r.remove_tags = vec![String::new()]),
        ),
        (
            "remove_tags[0]",
            wrong(&|r| r.remove_tags = vec!["vip".to_owned()]),
        ),
    ];
    for (field, request) in cases {
        let refused = team.tag(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{field}");
        assert!(
            refused.message().starts_with(&format!("{field}:")),
            "{refused}"
        );
    }
    let refused = team.create_tag(&"字".repeat(51)).await.unwrap_err();
    assert!(refused.message().starts_with("name:"), "{refused}");
    assert_eq!(app.events().await, events);
}

#[tokio::test]
async fn another_team_has_a_dictionary_of_its_own() {
    let app = App::start().await;
    let mut owner = app.team();
    let mut stranger = app.team();
    let (_, people) = owner.bare_people(1).await;
    let (vip, _) = owner.create_tag("vip").await.unwrap();
    let (other, _) = stranger.create_tag("vip").await.unwrap();
    assert_ne!(vip.tag_id, other.tag_id);

    let renamed = rename(&mut stranger, &vip.tag_id, "gold")
        .await
        .unwrap_err();
    assert_eq!(renamed.code(), Code::NotFound);
    let deleted = delete(&mut stranger, &vip.tag_id).await.unwrap_err();
    assert_eq!(deleted.code(), Code::NotFound);
    let tagged = stranger.tag(tagging(&[&people[0]], &["vip"], &[])).await;
    assert_eq!(tagged.unwrap_err().code(), Code::NotFound);
}
