//! What contacts wrote and were sent.

use events::broadcasts::OutcomeKind;
use prost_types::Timestamp;
use proto::contacts::v1::{
    ContactStatus, ConversationMessage, ListMessagesRequest, ListMessagesResponse,
    MessageDirection, MessageSource, RecordMessageRequest,
};
use test_support::eventually;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    app::{App, Team},
    talk::{tapped, told, wrote},
};

const AT: i64 = 1_700_000_000;

async fn record(team: &mut Team, request: RecordMessageRequest) -> Result<String, Status> {
    let recorded = team.talk.conversation.record_message(request).await?;
    Ok(recorded.into_inner().consistency_token)
}

fn sent(contact_id: &str, source: MessageSource, text: &str, at: i64) -> RecordMessageRequest {
    RecordMessageRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: contact_id.to_owned(),
        source: source.into(),
        text: text.to_owned(),
        sent_at: Some(Timestamp {
            seconds: at,
            nanos: 0,
        }),
    }
}

async fn page(
    team: &mut Team,
    contact_id: &str,
    page_size: i32,
    page_token: &str,
    token: &str,
) -> Result<ListMessagesResponse, Status> {
    let request = ListMessagesRequest {
        contact_id: contact_id.to_owned(),
        page_size,
        page_token: page_token.to_owned(),
        consistency_token: token.to_owned(),
    };
    let listed = team.talk.conversation.list_messages(request).await?;
    Ok(listed.into_inner())
}

async fn messages(team: &mut Team, contact_id: &str, token: &str) -> Vec<ConversationMessage> {
    page(team, contact_id, 0, "", token).await.unwrap().messages
}

/// Waits until this many are there.
async fn when(team: &mut Team, contact_id: &str, count: usize) -> Vec<ConversationMessage> {
    eventually("the messages are there", async || {
        let messages = messages(team, contact_id, "").await;
        (messages.len() == count).then_some(messages)
    })
    .await
}

fn texts(messages: &[ConversationMessage]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message.text.as_str())
        .collect()
}

#[tokio::test]
async fn a_conversation_shows_both_sides_and_the_latest_first() {
    let app = App::start().await;
    let mut team = app.team();
    let (account, people) = team.bare_people(1).await;
    let contact_id = people[0].contact_id.as_str();
    let inbound = [
        wrote("e1", 1, AT * 1000, "where is my order"),
        tapped("e2", 1, (AT + 20) * 1000, "menu=hours"),
        told(
            "e3",
            1,
            (AT + 30) * 1000,
            r#""type":"message","message":{"type":"sticker"}"#,
        ),
        told("e4", 1, (AT + 40) * 1000, r#""type":"unfollow""#),
    ];
    for body in &inbound {
        for _ in 0..2 {
            app.ingress.webhook(team.id, &account, body).await;
        }
    }
    let reply = sent(contact_id, MessageSource::Agent, "on its way 🚚", AT + 10);
    let token = record(&mut team, reply.clone()).await.unwrap();
    assert_eq!(record(&mut team, reply).await.unwrap(), token);

    let messages = when(&mut team, contact_id, 4).await;
    assert_eq!(
        texts(&messages),
        ["", "menu=hours", "on its way 🚚", "where is my order"]
    );
    let reply = &messages[2];
    assert_eq!(reply.direction(), MessageDirection::Out);
    assert_eq!(reply.source(), MessageSource::Agent);
    assert_eq!(reply.at.unwrap().seconds, AT + 10);
    assert_eq!(messages[3].direction(), MessageDirection::In);
    assert_eq!(messages[3].source(), MessageSource::Contact);
    for secret in ["where is my order", "on its way", "menu=hours"] {
        assert!(!app.database_contains(secret).await, "{secret}");
    }
}

#[tokio::test]
async fn what_another_system_heard_is_an_interaction_and_may_opt_out() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(1).await;
    let contact_id = people[0].contact_id.as_str();
    let heard = sent(contact_id, MessageSource::Contact, "is it open", AT);
    let token = record(&mut team, heard.clone()).await.unwrap();
    assert_eq!(record(&mut team, heard).await.unwrap(), token);
    let listed = messages(&mut team, contact_id, &token).await;
    assert_eq!(texts(&listed), ["is it open"]);
    assert_eq!(listed[0].direction(), MessageDirection::In);
    let contact = team.contact_after(contact_id, &token).await.unwrap();
    assert_eq!(contact.last_interaction_at.unwrap().seconds, AT);
    assert_eq!(
        (contact.display_name.as_str(), contact.opt_outs.len()),
        ("Name 1", 0)
    );

    let stop = sent(contact_id, MessageSource::Contact, "Unsubscribe", AT + 1);
    let token = record(&mut team, stop).await.unwrap();
    let contact = team.contact_after(contact_id, &token).await.unwrap();
    assert_eq!(contact.opt_outs.len(), 3);
    assert!(contact.opt_outs.iter().all(|out| out.by_person));
    assert_eq!(contact.status(), ContactStatus::Unsubscribed);
    // The team could have made this up.
    let start = sent(contact_id, MessageSource::Contact, "subscribe", AT + 2);
    let token = record(&mut team, start).await.unwrap();
    let contact = team.contact_after(contact_id, &token).await.unwrap();
    assert_eq!(contact.opt_outs.len(), 3);
    assert_eq!(messages(&mut team, contact_id, &token).await.len(), 3);
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(2).await;
    let contact_id = people[0].contact_id.as_str();
    let mut token = String::new();
    for n in 0..7 {
        // Some at the same time.
        let message = sent(contact_id, MessageSource::Bot, &format!("{n}"), AT + n / 2);
        token = record(&mut team, message).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let page = page(&mut team, contact_id, 2, &page_token, &token)
            .await
            .unwrap();
        assert!(page.messages.len() <= 2);
        seen.extend(page.messages);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
        let other = super::conversation::page(&mut team, &people[1].contact_id, 2, &page_token, "");
        assert_eq!(other.await.unwrap_err().code(), Code::InvalidArgument);
    }
    assert_eq!(seen, messages(&mut team, contact_id, &token).await);
    let mut all = texts(&seen);
    all.sort_unstable();
    assert_eq!(all, ["0", "1", "2", "3", "4", "5", "6"]);
}

#[tokio::test]
async fn broadcasts_stand_among_the_messages_of_those_who_got_them() {
    let app = App::start_with_broadcasts().await;
    let mut team = app.team();
    let (account, mut people) = team.bare_people(40).await;
    people.sort_unstable_by_key(|person| person.contact_id.parse::<Uuid>().unwrap());
    let ids: Vec<Uuid> = people
        .iter()
        .map(|p| p.contact_id.parse().unwrap())
        .collect();
    let log = app.broadcasts.as_ref().unwrap();

    // Two chunks; of the first the people at 0 and 9 get it, of the second all but one.
    let spring = log.draft(team.id, &account, "Spring is here").await;
    let first = log.chunk(team.id, spring, &ids[..10]).await;
    let second = log.chunk(team.id, spring, &ids[20..30]).await;
    log.settle(team.id, first, &[0, 9], OutcomeKind::Accepted, AT + 100)
        .await;
    log.settle(team.id, first, &[1], OutcomeKind::Failed, AT + 101)
        .await;
    log.settle(team.id, first, &[2], OutcomeKind::Unknown, AT + 102)
        .await;
    let all_but_first: Vec<u32> = (1..10).collect();
    log.settle(
        team.id,
        second,
        &all_but_first,
        OutcomeKind::Accepted,
        AT + 100,
    )
    .await;
    let summer = log.draft(team.id, &account, "Summer too").await;
    let third = log.chunk(team.id, summer, &[ids[0]]).await;
    log.settle(team.id, third, &[0], OutcomeKind::Accepted, AT + 300)
        .await;
    let unsent = log.draft(team.id, &account, "Never sent").await;
    log.chunk(team.id, unsent, &ids).await;

    let reply = sent(
        &people[0].contact_id,
        MessageSource::Agent,
        "hello",
        AT + 200,
    );
    record(&mut team, reply).await.unwrap();
    let messages = when(&mut team, &people[0].contact_id, 3).await;
    assert_eq!(texts(&messages), ["Summer too", "hello", "Spring is here"]);
    assert_eq!(messages[0].source(), MessageSource::Broadcast);
    assert_eq!(messages[0].direction(), MessageDirection::Out);
    assert_eq!(messages[0].broadcast_id, summer.to_string());
    assert_eq!(messages[0].at.unwrap().seconds, AT + 300);

    when(&mut team, &people[29].contact_id, 1).await;
    let got_it = [0, 9, 21, 22, 23, 24, 25, 26, 27, 28, 29];
    for (place, person) in people.iter().enumerate() {
        let listed = super::conversation::messages(&mut team, &person.contact_id, "").await;
        let has_spring = listed
            .iter()
            .any(|message| message.broadcast_id == spring.to_string());
        assert_eq!(has_spring, got_it.contains(&place), "{place}");
    }
    // A page at a time, it is the same.
    let paged = one_by_one(&mut team, &people[0].contact_id).await;
    assert_eq!(paged, messages);
    let rows = sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM conversation_chunks"#);
    assert_eq!(
        rows.fetch_one(&app.database.pool).await.unwrap(),
        4,
        "a row a chunk"
    );
}

async fn one_by_one(team: &mut Team, contact_id: &str) -> Vec<ConversationMessage> {
    let mut messages = Vec::new();
    let mut page_token = String::new();
    loop {
        let page = page(team, contact_id, 1, &page_token, "").await.unwrap();
        messages.extend(page.messages);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return messages;
        }
    }
}

#[tokio::test]
async fn a_deleted_contact_has_no_conversation() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(2).await;
    for person in &people {
        let message = sent(&person.contact_id, MessageSource::Agent, "hello", AT);
        let token = record(&mut team, message).await.unwrap();
        assert_eq!(
            messages(&mut team, &person.contact_id, &token).await.len(),
            1
        );
    }
    let gone = people[0].contact_id.as_str();
    let deleted = team.delete(&[gone], "DELETE").await.unwrap();
    let listed = page(&mut team, gone, 0, "", &deleted.consistency_token).await;
    assert_eq!(listed.unwrap_err().code(), Code::NotFound);
    let rows = sqlx::query_scalar!("SELECT contact_id FROM conversation_messages");
    let rows = rows.fetch_all(&app.database.pool).await.unwrap();
    assert_eq!(rows, [people[1].contact_id.parse::<Uuid>().unwrap()]);
    let late = sent(gone, MessageSource::Agent, "hello", AT);
    assert_eq!(
        record(&mut team, late).await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn a_wrong_message_names_its_field() {
    let app = App::start().await;
    let mut team = app.team();
    let (_, people) = team.bare_people(1).await;
    let right = sent(&people[0].contact_id, MessageSource::Agent, "hello", AT);
    let wrong = |change: &dyn Fn(&mut RecordMessageRequest)| {
        let mut request = right.clone();
        change(&mut request);
        request
    };
    let far = Some(Timestamp {
        seconds: 33_000_000_000,
        nanos: 0,
    });
    let cases = [
        ("request_id", wrong(&|r| r.request_id.clear())),
        ("contact_id", wrong(&|r| r.contact_id.clear())),
        ("source", wrong(&|r| r.source = 0)),
        (
            "source",
            wrong(&|r| r.source = MessageSource::Broadcast.into()),
        ),
        ("text", wrong(&|r| r.text = " ".to_owned())),
        ("text", wrong(&|r| r.text = "字".repeat(5001))),
        ("sent_at", wrong(&|r| r.sent_at = far)),
    ];
    for (field, request) in cases {
        let refused = record(&mut team, request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{field}");
        assert!(
            refused.message().starts_with(&format!("{field}:")),
            "{refused}"
        );
    }
    let mut stranger = app.team();
    let refused = record(&mut stranger, right).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let refused = page(&mut stranger, &people[0].contact_id, 0, "", "").await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
}
