//! What LINE tells of people.

use proto::contacts::v1::{Contact, ContactStatus, ImportFormat};
use test_support::eventually;

use crate::app::{App, Team, line_id};

const FOLLOWED_AT: i64 = 1_700_000_000_000;

#[tokio::test]
async fn a_person_who_is_not_known_becomes_a_contact() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    app.ingress
        .webhook(team.id, &account, &event("follow", "e1", 1, FOLLOWED_AT))
        .await;

    let contact = contact_when(&mut team, &account, 1, |_| true).await;
    assert_eq!(contact.status(), ContactStatus::Subscribed);
    assert_eq!(contact.subscribed_at.unwrap().seconds, FOLLOWED_AT / 1000);
    assert_eq!(contact.last_interaction_at, contact.subscribed_at);
}

#[tokio::test]
async fn a_redelivered_event_is_appended_once() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let follow = event("follow", "e1", 1, FOLLOWED_AT);
    for _ in 0..3 {
        app.ingress.webhook(team.id, &account, &follow).await;
    }
    // In another partition maybe, so it says little by itself of the first three.
    app.ingress
        .webhook(
            team.id,
            &account,
            &event("unfollow", "e2", 1, FOLLOWED_AT + 1),
        )
        .await;
    app.ingress.consumed(&app.database.pool).await;
    // The account, the follow and the unfollow.
    assert_eq!(app.events().await, 3);
}

#[tokio::test]
async fn facts_add_up_whichever_comes_first() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let facts = [
        event("follow", "e1", 1, FOLLOWED_AT),
        event("unfollow", "e2", 1, FOLLOWED_AT + 2_000),
        event("message", "e3", 1, FOLLOWED_AT + 1_000),
    ];
    for (person, order) in (10..).zip([[0, 1, 2], [2, 1, 0], [1, 0, 2]]) {
        for fact in order {
            let body = facts[fact]
                .replace(&line_id(1), &line_id(person))
                .replace("\"e", &format!("\"{person}-e"));
            app.ingress.webhook(team.id, &account, &body).await;
        }
        let seen = |contact: &Contact| {
            contact
                .last_interaction_at
                .is_some_and(|at| at.seconds == FOLLOWED_AT / 1000 + 1)
                && contact.status() == ContactStatus::Blocked
        };
        contact_when(&mut team, &account, person, seen).await;
    }

    // A message proves that the block is gone.
    app.ingress
        .webhook(
            team.id,
            &account,
            &event("postback", "e4", 10, FOLLOWED_AT + 3_000),
        )
        .await;
    let unblocked = |contact: &Contact| contact.status() == ContactStatus::Subscribed;
    contact_when(&mut team, &account, 10, unblocked).await;
}

#[tokio::test]
async fn a_person_is_one_contact_whether_imported_or_heard_of_first() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let file = format!(
        "external_id,display_name,tags\n{},Mei,vip\n{},An,vip\n",
        line_id(1),
        line_id(2),
    );
    // Person 1 is heard of before the import, person 2 after it.
    app.ingress
        .webhook(team.id, &account, &event("message", "e1", 1, FOLLOWED_AT))
        .await;
    contact_when(&mut team, &account, 1, |_| true).await;
    let done = team
        .import(&account, ImportFormat::Csv, &file)
        .await
        .unwrap();
    assert_eq!((done.counts.added, done.counts.updated), (1, 1));
    app.ingress
        .webhook(team.id, &account, &event("message", "e2", 2, FOLLOWED_AT))
        .await;

    for (person, name) in [(1, "Mei"), (2, "An")] {
        let wrote =
            |contact: &Contact| contact.last_interaction_at.is_some() && !contact.tags.is_empty();
        let contact = contact_when(&mut team, &account, person, wrote).await;
        assert_eq!(
            contact.display_name, name,
            "a webhook does not take a name away"
        );
    }
    assert_eq!(team.contacts(&account, &done.token).await.len(), 2);
}

#[tokio::test]
async fn what_says_nothing_of_a_contact_is_skipped() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    let group = r#"{"type":"message","webhookEventId":"g","timestamp":1,"source":{"type":"group","groupId":"C1"}}"#;
    app.ingress.webhook(team.id, &account, group).await;
    app.ingress
        .webhook(team.id, &account, &event("membership", "m", 1, FOLLOWED_AT))
        .await;
    app.ingress.consumed(&app.database.pool).await;
    assert_eq!(team.contacts(&account, "").await, []);
}

#[tokio::test]
async fn what_a_person_wrote_is_not_in_the_log_in_the_clear() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.line_account().await;
    app.ingress
        .webhook(team.id, &account, &event("message", "e1", 1, FOLLOWED_AT))
        .await;
    contact_when(&mut team, &account, 1, |_| true).await;
    assert!(!app.database_contains(TEXT).await);
    assert!(!app.database_contains(&line_id(1)).await);
}

const TEXT: &str = "where is my order";

fn event(kind: &str, id: &str, person: u32, timestamp: i64) -> String {
    let user = line_id(person);
    format!(
        r#"{{"type":"{kind}","webhookEventId":"{id}","timestamp":{timestamp},"mode":"active","source":{{"type":"user","userId":"{user}"}},"message":{{"type":"text","text":"{TEXT}"}},"postback":{{"data":"a=1"}}}}"#
    )
}

async fn contact_when(
    team: &mut Team,
    account: &str,
    person: u32,
    is_there: impl Fn(&Contact) -> bool,
) -> Contact {
    let id = line_id(person);
    eventually("the contact is there", async || {
        let contacts = team.contacts(account, "").await;
        contacts
            .into_iter()
            .find(|contact| contact.external_id == id && is_there(contact))
    })
    .await
}
