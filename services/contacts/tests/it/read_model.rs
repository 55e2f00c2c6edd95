//! The read model is made of the log alone.

use event_sourcing::EventCodec as _;
use events::{
    ContactEvent, TagEvent,
    contact::{ContactsImported, ImportedContact, TagDeleted, TagRenamed},
};
use proto::contacts::v1::ImportFormat;
use sqlx::PgPool;
use test_support::eventually;
use uuid::Uuid;
use vault::Aad;

use crate::app::{App, line_id};

#[tokio::test]
async fn a_read_model_that_is_dropped_is_rebuilt_to_the_same_content() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let file = |name: &str| {
        format!(
            "external_id,display_name,tags\n{},{name},vip\n{},An,\n",
            line_id(1),
            line_id(2)
        )
    };
    team.import(&account, ImportFormat::Csv, &file("Mei"))
        .await
        .unwrap();
    let done = team
        .import(&account, ImportFormat::Csv, &file("Lin Mei"))
        .await
        .unwrap();
    let body = format!(
        r#"{{"type":"follow","webhookEventId":"e1","timestamp":1700000000000,"source":{{"type":"user","userId":"{}"}}}}"#,
        line_id(2),
    );
    app.ingress.webhook(team.id, &account, &body).await;
    app.ingress.consumed(&app.database.pool).await;
    projected(&app.database.pool).await;
    let before = content(&app.database.pool).await;
    assert_eq!(team.contacts(&account, &done.token).await.len(), 2);

    let app = app.restart(forget).await;
    projected(&app.database.pool).await;
    assert_eq!(content(&app.database.pool).await, before);
}

#[tokio::test]
async fn a_contact_whose_key_is_destroyed_is_rebuilt_without_its_profile() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let file = format!(
        "external_id,display_name,tags\n{},Mei,vip\n{},An,vip\n",
        line_id(1),
        line_id(2),
    );
    let done = team
        .import(&account, ImportFormat::Csv, &file)
        .await
        .unwrap();
    let contacts = team.contacts(&account, &done.token).await;
    let (erased, kept) = contacts
        .iter()
        .partition::<Vec<_>, _>(|contact| contact.display_name == "Mei");
    let contact_id = erased[0].contact_id.parse().unwrap();
    app.ingress
        .vault
        .destroy_contact_key(team.id, contact_id)
        .await
        .unwrap();

    let app = app.restart(forget).await;
    let mut team = app.same_team(&team);
    projected(&app.database.pool).await;
    let contact = team.contact(&erased[0].contact_id).await.unwrap();
    assert_eq!(
        (contact.display_name.as_str(), contact.external_id.as_str()),
        ("", "")
    );
    assert_eq!(contact.tags, ["vip"]);
    assert_eq!(team.contact(&kept[0].contact_id).await.unwrap(), *kept[0]);

    let again = team
        .import(&account, ImportFormat::Csv, &file.replace("vip", "new"))
        .await
        .unwrap();
    assert_eq!(
        (again.counts.updated, again.counts.unchanged),
        (1, 1),
        "who was erased stays erased"
    );
    let contact = team.contact(&erased[0].contact_id).await.unwrap();
    assert_eq!(
        (contact.display_name.as_str(), contact.tags),
        ("", vec!["vip".to_owned()])
    );
}

#[tokio::test]
async fn the_read_model_has_nothing_personal_in_the_clear() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let people = team.people(&account, 1).await;
    assert_eq!(
        (people[0].phone.as_str(), people[0].member_number.as_str()),
        ("+886900000001", "M1")
    );
    let rows = content(&app.database.pool).await.concat();
    let personal = [
        &people[0].external_id,
        &people[0].display_name,
        &people[0].phone,
        &people[0].email,
        &people[0].member_number,
    ];
    for text in personal {
        // As a column of bytes is shown.
        let hex = text
            .bytes()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        assert!(!rows.contains(text) && !rows.contains(&hex), "{text}");
    }
}

#[tokio::test]
async fn tags_that_were_told_by_name_follow_the_dictionary_whichever_comes_first() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let tag_id = |name| events::to_bytes(contacts_domain::first_tag_id(team.id, name));
    let renamed = TagEvent::Renamed(TagRenamed {
        tag_id: tag_id("old"),
        name: "new".to_owned(),
    });
    let deleted = TagEvent::Deleted(TagDeleted {
        tag_id: tag_id("gone"),
    });
    let dictionary = async |event: TagEvent| {
        app.append(team.id, Uuid::now_v7(), Uuid::now_v7(), event.encode())
            .await;
    };

    let before = imported_by_name(&app, team.id, &account).await;
    for event in [renamed, deleted] {
        dictionary(event).await;
    }
    projected(&app.database.pool).await;
    let after = imported_by_name(&app, team.id, &account).await;
    projected(&app.database.pool).await;
    for contact_id in [before, after] {
        let contact = team.contact(&contact_id.to_string()).await.unwrap();
        assert_eq!(contact.tags, ["kept", "new"]);
    }
}

/// A contact with tags, as imports were recorded before tags had ids.
async fn imported_by_name(app: &App, team_id: Uuid, account: &str) -> Uuid {
    let (contact_id, event_id) = (Uuid::now_v7(), Uuid::now_v7());
    let vault = &app.ingress.vault;
    let keys = vault
        .ensure_contact_keys(team_id, &[contact_id])
        .await
        .unwrap();
    let aad = Aad {
        team_id,
        subject_id: contact_id,
        event_id,
        event_type: "fanfare.events.contacts.v1.ContactsImported",
    };
    let sealed_profile = keys.live(contact_id).unwrap().seal(&aad, b"");
    let event = ContactEvent::Imported(ContactsImported {
        account_id: events::to_bytes(account.parse().unwrap()),
        import_id: events::to_bytes(Uuid::nil()),
        contacts: vec![ImportedContact {
            contact_id: events::to_bytes(contact_id),
            sealed_profile,
            tags: ["old", "gone", "kept"].map(str::to_owned).to_vec(),
            ..Default::default()
        }],
    });
    app.append(team_id, contact_id, event_id, event.encode())
        .await;
    contact_id
}

pub(crate) async fn forget(pool: &PgPool) {
    sqlx::query!("TRUNCATE accounts, contacts, contact_history, tags")
        .execute(pool)
        .await
        .unwrap();
    sqlx::query!("DELETE FROM checkpoints WHERE consumer = 'contacts'")
        .execute(pool)
        .await
        .unwrap();
}

/// Waits until the projection has all that is in the log.
pub(crate) async fn projected(pool: &PgPool) {
    eventually("the read model is at the log's head", async || {
        let behind = sqlx::query_scalar!(
            r#"
            SELECT count(*) AS "count!" FROM log_heads
            LEFT JOIN checkpoints ON consumer = 'contacts' AND checkpoints.partition = log_heads.partition
            WHERE checkpoints.position IS DISTINCT FROM log_heads.position
            "#,
        );
        (behind.fetch_one(pool).await.unwrap() == 0).then_some(())
    })
    .await;
}

async fn content(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar!(
        r#"SELECT contacts::text AS "row!" FROM contacts UNION ALL SELECT accounts::text FROM accounts
           UNION ALL SELECT tags::text FROM tags UNION ALL SELECT contact_history::text FROM contact_history
           ORDER BY 1"#,
    )
    .fetch_all(pool)
    .await
    .unwrap()
}
