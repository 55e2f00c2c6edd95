//! Deleting contacts for good.

use std::fmt::Write as _;

use event_sourcing::EventCodec as _;
use events::{ContactEvent, ContactsLogEvent};
use proto::contacts::v1::{
    Contact, DeleteContactsRequest, DeleteContactsResponse, ImportFormat, ListContactsRequest,
};
use test_support::eventually;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::app::{App, Team, line_id};

const WRITTEN_AT: i64 = 1_700_000_000_000;

impl Team {
    pub(crate) async fn delete(
        &mut self,
        contact_ids: &[&str],
        confirmation: &str,
    ) -> Result<DeleteContactsResponse, Status> {
        let request = DeleteContactsRequest {
            contact_ids: contact_ids.iter().map(|id| (*id).to_owned()).collect(),
            confirmation: confirmation.to_owned(),
        };
        Ok(self.contacts.delete_contacts(request).await?.into_inner())
    }

    /// People 1 to `people`, imported.
    pub(crate) async fn people(&mut self, account: &str, people: u32) -> Vec<Contact> {
        let mut file = "external_id,display_name,phone,email,member_no,tags\n".to_owned();
        for person in 1..=people {
            let id = line_id(person);
            writeln!(
                file,
                "{id},Name {person},+8869{person:08},{person}@shop.example,M{person},vip"
            )
            .unwrap();
        }
        let done = self.import(account, ImportFormat::Csv, &file).await;
        self.contacts(account, &done.unwrap().token).await
    }
}

fn message(event_id: &str, person: u32, at: i64) -> String {
    let user = line_id(person);
    format!(
        r#"{{"type":"message","webhookEventId":"{event_id}","timestamp":{at},"source":{{"type":"user","userId":"{user}"}},"message":{{"type":"text","text":"hello"}}}}"#
    )
}

#[tokio::test]
async fn a_deleted_contact_is_in_no_list_and_can_not_be_read() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let people = team.people(&account, 3).await;
    let gone = people[1].contact_id.as_str();

    let deleted = team.delete(&[gone, gone], "DELETE").await.unwrap();
    assert_eq!(deleted.deleted, 1);
    let page = ListContactsRequest {
        account_id: account.clone(),
        consistency_token: deleted.consistency_token.clone(),
        ..Default::default()
    };
    let page = team.list(page).await.unwrap();
    assert_eq!((page.contacts.len(), page.total), (2, 2));
    let found = team.contact(gone).await;
    assert_eq!(found.unwrap_err().code(), Code::NotFound);
    assert_eq!(
        team.contact(&people[0].contact_id).await.unwrap(),
        people[0]
    );

    // Nothing is left of it but that there was a contact.
    let row = sqlx::query!(
        "SELECT num_nonnulls(sealed_profile, name_key, email_key, phone_key, member_key, row_digest,
                             consent, subscribed_at, last_interaction_at) AS known, tag_ids
         FROM contacts WHERE erased_at IS NOT NULL"
    );
    let row = row.fetch_one(&app.database.pool).await.unwrap();
    assert_eq!((row.known, row.tag_ids), (Some(0), Vec::new()));

    let again = team.delete(&[gone], "DELETE").await.unwrap();
    assert_eq!(again.deleted, 0, "it is not there any more");
}

#[tokio::test]
async fn deleting_takes_the_word_and_known_contacts_of_the_team() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let people = team.people(&account, 1).await;
    let contact = people[0].contact_id.as_str();

    for confirmation in ["", "delete", "DELETE "] {
        let refused = team.delete(&[contact], confirmation).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().starts_with("confirmation"), "{refused}");
    }
    let many = vec![contact; 1001];
    for (ids, field) in [
        (&[][..], "contact_ids"),
        (&many, "contact_ids"),
        (&[contact, "somebody"], "contact_ids[1]"),
    ] {
        let refused = team.delete(ids, "DELETE").await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().starts_with(field), "{refused}");
    }
    let stranger = app.team().delete(&[contact], "DELETE").await.unwrap();
    assert_eq!(stranger.deleted, 0);
    let unknown = Uuid::new_v4().to_string();
    let deleted = team.delete(&[&unknown, contact], "DELETE").await.unwrap();
    assert_eq!(deleted.deleted, 1);
}

#[tokio::test]
async fn many_contacts_are_deleted_in_one_event_for_each_partition() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let people = team.people(&account, 1000).await;
    let ids: Vec<&str> = people.iter().map(|c| c.contact_id.as_str()).collect();
    let deleted = team.delete(&ids, "DELETE").await.unwrap();
    assert_eq!(deleted.deleted, 1000);

    let mut erased = 0;
    let mut events = 0;
    for (partition, event) in app.log().await {
        if let ContactsLogEvent::Contact(ContactEvent::Erased(event)) = event {
            events += 1;
            for contact_id in events::ids(&event.contact_ids) {
                assert_eq!(event_store::partition_of(contact_id, 4), partition);
                erased += 1;
            }
        }
    }
    assert_eq!((erased, events), (1000, 4));
    let left = team.contacts(&account, &deleted.consistency_token).await;
    assert_eq!(left, []);
}

#[tokio::test]
async fn who_writes_again_or_is_imported_again_is_a_new_contact() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let people = team.people(&account, 2).await;
    let ids: Vec<&str> = people.iter().map(|c| c.contact_id.as_str()).collect();
    app.ingress
        .webhook(team.id, &account, &message("before", 1, WRITTEN_AT))
        .await;
    app.ingress.consumed(&app.database.pool).await;
    let deleted = team.delete(&ids, "DELETE").await.unwrap();
    assert_eq!(deleted.deleted, 2);

    app.ingress
        .webhook(team.id, &account, &message("after", 1, WRITTEN_AT + 1))
        .await;
    let wrote = eventually("who wrote is a contact", async || {
        let contacts = team.contacts(&account, &deleted.consistency_token).await;
        contacts.into_iter().next()
    })
    .await;
    assert!(!ids.contains(&wrote.contact_id.as_str()));
    assert_eq!(
        (wrote.external_id.as_str(), wrote.display_name.as_str()),
        (line_id(1).as_str(), "")
    );
    assert_eq!(wrote.tags, Vec::<String>::new());

    let again = team.people(&account, 2).await;
    assert_eq!(again.len(), 2);
    let names: Vec<&str> = again.iter().map(|c| c.display_name.as_str()).collect();
    assert!(names.contains(&"Name 1") && names.contains(&"Name 2"));
    assert!(
        again
            .iter()
            .all(|contact| !ids.contains(&contact.contact_id.as_str()))
    );
    assert!(
        again
            .iter()
            .any(|contact| contact.contact_id == wrote.contact_id)
    );
}

#[tokio::test]
async fn a_deletion_that_broke_off_after_the_fact_is_carried_out() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let people = team.people(&account, 1).await;
    let contact_id: Uuid = people[0].contact_id.parse().unwrap();

    // The registry can't forget: the fact is appended, and everything after it fails.
    block(&app, true).await;
    let failed = team.delete(&[&people[0].contact_id], "DELETE").await;
    assert_eq!(failed.unwrap_err().code(), Code::Internal);
    let is_live = async |app: &App| {
        app.ingress.vault.forget_cached_keys();
        let keys = app.ingress.vault.contact_keys(team.id, &[contact_id]).await;
        keys.unwrap().live(contact_id).is_some()
    };
    assert!(is_live(&app).await);

    let app = app.restart(async |_| {}).await;
    block(&app, false).await;
    eventually("the key is destroyed", async || {
        (!is_live(&app).await).then_some(())
    })
    .await;
    let mut team = app.same_team(&team);
    let again = team.people(&account, 1).await;
    assert_ne!(again[0].contact_id, people[0].contact_id);
    assert_eq!(again[0].display_name, "Name 1");
}

/// Makes the registry refuse to forget, or lets it.
async fn block(app: &App, refuse: bool) {
    let sql = if refuse {
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
         CREATE TRIGGER refuse BEFORE DELETE ON contact_identities FOR EACH ROW EXECUTE FUNCTION refuse()"
    } else {
        "DROP TRIGGER refuse ON contact_identities"
    };
    sqlx::raw_sql(sql)
        .execute(&app.database.pool)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_told_of_a_deleted_contact_changes_nothing_and_is_unreadable() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let people = team.people(&account, 1).await;
    let gone = people[0].contact_id.as_str();
    let contact_id: Uuid = gone.parse().unwrap();
    let sealed = sealed_profiles(&app, contact_id).await;

    // A process that had looked the person up before, and seals with a key that it still holds.
    let keys = app.ingress.vault.contact_keys(team.id, &[contact_id]).await;
    let deleted = team.delete(&[gone], "DELETE").await.unwrap();
    let keys = keys.unwrap();
    assert!(keys.live(contact_id).is_some());
    let late = late_message(&app, &team, &account, contact_id, &keys).await;

    let listed = team.contacts(&account, &deleted.consistency_token).await;
    assert_eq!(listed, []);
    eventually("the late message is projected", async || {
        let row = sqlx::query!(
            r#"SELECT position FROM checkpoints WHERE consumer = 'contacts' AND partition = $1"#,
            event_store::partition_of(contact_id, 4),
        );
        let row = row.fetch_one(&app.database.pool).await.unwrap();
        (row.position >= late).then_some(())
    })
    .await;
    let found = team.contact(gone).await;
    assert_eq!(found.unwrap_err().code(), Code::NotFound);
    let kept = sqlx::query_scalar!(
        r#"SELECT count(sealed_profile) AS "count!" FROM contacts WHERE contact_id = $1"#,
        contact_id,
    );
    assert_eq!(kept.fetch_one(&app.database.pool).await.unwrap(), 0);
    let sealed_now = sealed_profiles(&app, contact_id).await;
    assert_eq!(sealed_now.len(), sealed.len() + 1);
    app.ingress.vault.forget_cached_keys();
    let keys = app
        .ingress
        .vault
        .contact_keys(team.id, &[contact_id])
        .await
        .unwrap();
    assert!(keys.is_erased(contact_id));
}

/// What the log has of the contact's profile.
async fn sealed_profiles(app: &App, contact_id: Uuid) -> Vec<Vec<u8>> {
    let mut sealed = Vec::new();
    for (_, event) in app.log().await {
        let ContactsLogEvent::Contact(event) = event else {
            continue;
        };
        if let ContactEvent::Imported(imported) = &event {
            let of_contact = imported.contacts.iter();
            let of_contact = of_contact.filter(|c| events::id(&c.contact_id) == contact_id);
            sealed.extend(of_contact.map(|contact| contact.sealed_profile.clone()));
        } else if let ContactEvent::Interacted(event) = &event
            && events::id(&event.contact_id) == contact_id
        {
            sealed.push(event.sealed_profile.clone());
        }
    }
    sealed
}

/// Appends a message in the contact's own stream, as a process does that is late. Returns its position.
async fn late_message(
    app: &App,
    team: &Team,
    account: &str,
    contact_id: Uuid,
    keys: &vault::ContactKeys,
) -> i64 {
    let event_id = Uuid::now_v7();
    let event_type = "fanfare.events.contacts.v1.ContactInteracted";
    let aad = vault::Aad {
        team_id: team.id,
        subject_id: contact_id,
        event_id,
        event_type,
    };
    let profile = keys.live(contact_id).unwrap().seal(&aad, b"profile");
    let event = ContactEvent::Interacted(events::contact::ContactInteracted {
        contact_id: events::to_bytes(contact_id),
        account_id: events::to_bytes(account.parse().unwrap()),
        identity: b"of another".to_vec(),
        sealed_profile: profile,
        ..Default::default()
    });
    app.append(team.id, contact_id, event_id, event.encode())
        .await
}
