//! Changing what is known of a person.

use event_sourcing::{EncodedEvent, EventCodec as _};
use events::{
    ContactEvent,
    contact::{ContactsImported, ImportedContact, Profile},
    to_bytes,
};
use prost::Message as _;
use prost_types::FieldMask;
use proto::contacts::v1::{Contact, ImportFormat, UpdateContactRequest};
use test_support::eventually;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::app::{App, Team};

async fn update(
    team: &mut Team,
    request: UpdateContactRequest,
) -> Result<(Contact, String), Status> {
    let updated = team.contacts.update_contact(request).await?.into_inner();
    Ok((updated.contact.unwrap(), updated.consistency_token))
}

/// Changes `fields` to what `contact` has.
fn to(contact: Contact, fields: &[&str]) -> UpdateContactRequest {
    UpdateContactRequest {
        contact: Some(contact),
        update_mask: Some(FieldMask {
            paths: fields.iter().map(|field| (*field).to_owned()).collect(),
        }),
        request_id: Uuid::new_v4().to_string(),
    }
}

#[tokio::test]
async fn only_the_fields_of_the_mask_change() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let before = team.people(&account, 1).await.remove(0);
    let wanted = Contact {
        display_name: " 王小明 ".to_owned(),
        email: String::new(),
        phone: "not in the mask".to_owned(),
        ..before.clone()
    };
    let request = to(wanted, &["display_name", "email"]);
    let (updated, token) = update(&mut team, request.clone()).await.unwrap();
    let expected = Contact {
        display_name: "王小明".to_owned(),
        email: String::new(),
        etag: updated.etag.clone(),
        ..before.clone()
    };
    assert_eq!(updated, expected);
    assert_ne!(updated.etag, before.etag);
    assert_eq!(
        team.contact_after(&before.contact_id, &token)
            .await
            .unwrap(),
        updated
    );
    assert!(!app.database_contains("王小明").await);

    let events = app.events().await;
    assert_eq!(
        update(&mut team, request).await.unwrap(),
        (updated.clone(), token)
    );
    // What is so already is no event.
    let same = to(updated.clone(), &["display_name"]);
    assert_eq!(update(&mut team, same).await.unwrap().0, updated);
    assert_eq!(app.events().await, events);
}

#[tokio::test]
async fn what_is_searched_for_follows_the_change() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let before = team.people(&account, 1).await.remove(0);
    let wanted = Contact {
        display_name: "ＡＢＣ".to_owned(),
        email: " Mei@Shop.example".to_owned(),
        phone: "+886 912-345".to_owned(),
        member_number: String::new(),
        ..before.clone()
    };
    let fields = ["display_name", "email", "phone", "member_number"];
    let (_, token) = update(&mut team, to(wanted, &fields)).await.unwrap();
    team.contact_after(&before.contact_id, &token)
        .await
        .unwrap();
    let row = sqlx::query!("SELECT name_key, email_key, phone_key, member_key FROM contacts");
    let row = row.fetch_one(&app.database.pool).await.unwrap();
    let lookup = app.ingress.vault.lookup_key(team.id).await.unwrap();
    assert_eq!(row.name_key.unwrap(), lookup.name("abc"));
    assert_eq!(row.email_key.unwrap(), lookup.email("mei@shop.example"));
    assert_eq!(row.phone_key.unwrap(), lookup.phone("+886912345"));
    assert_eq!(row.member_key, None);
}

#[tokio::test]
async fn a_change_of_what_was_changed_since_is_refused() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let before = team.people(&account, 1).await.remove(0);
    let named = |name: &str| Contact {
        display_name: name.to_owned(),
        ..before.clone()
    };
    // Two who have read the same.
    let mut other = app.same_team(&team);
    let (one, two) = tokio::join!(
        update(&mut team, to(named("One"), &["display_name"])),
        update(&mut other, to(named("Two"), &["display_name"])),
    );
    let (done, refused) = match (one, two) {
        (Ok((done, _)), Err(refused)) | (Err(refused), Ok((done, _))) => (done, refused),
        both => panic!("one of the two has to be refused: {both:?}"),
    };
    assert_eq!(refused.code(), Code::Aborted);
    assert_eq!(
        team.contact(&before.contact_id).await.unwrap().display_name,
        done.display_name
    );

    // An import is a change too.
    let file = format!(
        "external_id,display_name\n{},Imported\n",
        before.external_id
    );
    team.import(&account, ImportFormat::Csv, &file)
        .await
        .unwrap();
    let refused = update(&mut team, to(done, &["phone"])).await;
    assert_eq!(refused.unwrap_err().code(), Code::Aborted);
    // Whoever does not say what it is based on is not asked.
    let blind = Contact {
        phone: "0988".to_owned(),
        etag: String::new(),
        ..before
    };
    let (updated, _) = update(&mut team, to(blind, &["phone"])).await.unwrap();
    assert_eq!(
        (updated.display_name.as_str(), updated.phone.as_str()),
        ("Imported", "0988")
    );
}

#[tokio::test]
async fn what_is_imported_at_the_same_time_is_kept() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let before = team.people(&account, 1).await.remove(0);
    let imported = Profile {
        external_id: before.external_id.clone(),
        display_name: "Imported".to_owned(),
        phone: "0900".to_owned(),
        email: "imported@shop.example".to_owned(),
        member_number: String::new(),
    };
    let (contact_id, event) = import_of(&app, &team, &before, &imported).await;
    let wanted = Contact {
        phone: "0988".to_owned(),
        ..before.clone()
    };
    let request = to(wanted, &["phone"]);
    // The import has its place in the log once the change has read what it is based on.
    let mut held = app.database.pool.begin().await.unwrap();
    sqlx::query!("SELECT position FROM log_heads FOR UPDATE")
        .fetch_all(&mut *held)
        .await
        .unwrap();
    let import = async {
        app.append_beside(team.id, contact_id, event).await;
    };
    let mut client = app.same_team(&team);
    let updating = async {
        waiting(&app, 1).await;
        update(&mut client, request.clone()).await.unwrap()
    };
    let letting_go = async {
        waiting(&app, 2).await;
        held.rollback().await.unwrap();
    };
    let ((), (updated, token), ()) = tokio::join!(import, updating, letting_go);
    let expected = Contact {
        display_name: imported.display_name,
        phone: "0988".to_owned(),
        email: imported.email,
        member_number: String::new(),
        etag: updated.etag.clone(),
        tags: updated.tags.clone(),
        ..before.clone()
    };
    assert_eq!(updated, expected);
    let shown = team.contact_after(&before.contact_id, &token).await;
    assert_eq!(shown.unwrap(), updated);
    let events = app.events().await;
    assert_eq!(update(&mut team, request).await.unwrap().0, updated);
    assert_eq!(app.events().await, events);
}

async fn import_of(
    app: &App,
    team: &Team,
    contact: &Contact,
    profile: &Profile,
) -> (Uuid, (Uuid, EncodedEvent)) {
    let contact_id = contact.contact_id.parse().unwrap();
    let event_id = Uuid::now_v7();
    let vault = &app.ingress.vault;
    let keys = vault.contact_keys(team.id, &[contact_id]).await.unwrap();
    let aad = vault::Aad {
        team_id: team.id,
        subject_id: contact_id,
        event_id,
        event_type: "fanfare.events.contacts.v1.ContactsImported",
    };
    let sealed = keys.live(contact_id).unwrap();
    let imported = ContactEvent::Imported(ContactsImported {
        account_id: to_bytes(contact.account_id.parse().unwrap()),
        import_id: to_bytes(Uuid::now_v7()),
        contacts: vec![ImportedContact {
            contact_id: to_bytes(contact_id),
            identity: vec![1; 32],
            sealed_profile: sealed.seal(&aad, &profile.encode_to_vec()),
            ..ImportedContact::default()
        }],
    });
    (contact_id, (event_id, imported.encode()))
}

/// Until so many wait for the log.
async fn waiting(app: &App, count: i64) {
    eventually("they wait for the log", async || {
        let waiting = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM pg_stat_activity
               WHERE datname = current_database() AND wait_event_type = 'Lock'"#
        );
        let waiting = waiting.fetch_one(&app.database.pool).await.unwrap();
        (waiting >= count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_wrong_change_names_its_field() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(1).await;
    let contact = people[0].clone();
    let long = Contact {
        display_name: "n".repeat(101),
        ..contact.clone()
    };
    let unreachable = Contact {
        phone: "n/a".to_owned(),
        email: "n/a".to_owned(),
        ..contact.clone()
    };
    let nobody = Contact {
        contact_id: "x".to_owned(),
        ..contact.clone()
    };
    let cases = [
        ("update_mask", to(contact.clone(), &[])),
        (
            "update_mask.paths[1]",
            to(contact.clone(), &["phone", "tags"]),
        ),
        ("contact.display_name", to(long, &["display_name"])),
        ("contact.email", to(unreachable.clone(), &["email"])),
        ("contact.phone", to(unreachable, &["phone"])),
        ("contact.contact_id", to(nobody, &["phone"])),
        (
            "request_id",
            UpdateContactRequest {
                request_id: String::new(),
                ..to(contact.clone(), &["phone"])
            },
        ),
    ];
    for (field, request) in cases {
        let refused = update(&mut team, request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{field}");
        assert!(
            refused.message().starts_with(&format!("{field}:")),
            "{refused}"
        );
    }
    let mut stranger = app.team();
    let refused = update(&mut stranger, to(contact.clone(), &["phone"])).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    team.delete(&[&contact.contact_id], "DELETE").await.unwrap();
    let refused = update(&mut team, to(contact, &["phone"])).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
}
