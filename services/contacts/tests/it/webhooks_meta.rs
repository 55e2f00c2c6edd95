//! What Messenger and WhatsApp tell of people.

use chrono::DateTime;
use events::{
    common::Channel,
    ingested::{PersonEvent, person_event::Kind},
    to_timestamp,
};
use proto::contacts::v1::{Contact, ContactStatus, ListMessagesRequest};
use test_support::eventually;

use crate::{
    account_requests::account_of,
    app::{App, Team},
};

const AT: i64 = 1_700_000_000;
const PEOPLE: [(Channel, &str, &str); 3] = [
    (Channel::Messenger, "1093", "7059641211830"),
    (Channel::Whatsapp, "1060", "+886912345678"),
    // Who hides the number.
    (Channel::Whatsapp, "1060", "TW.13491208655302741918"),
];

#[tokio::test]
async fn who_writes_becomes_a_contact_and_the_message_a_part_of_the_conversation() {
    for (channel, own_id, person) in PEOPLE {
        let app = App::start().await;
        let mut team = app.team();
        let account = team.account_on(channel, own_id).await;
        let wrote = event(person, 1, Kind::Wrote("where is my order".to_owned()));
        for _ in 0..2 {
            app.tell(&team, &account, channel, &wrote).await;
        }
        let contact = contact_when(&mut team, &account, |_| true).await;
        assert_eq!(contact.external_id, person);
        assert_eq!(contact.status(), ContactStatus::Subscribed);
        assert_eq!(contact.last_interaction_at.unwrap().seconds, AT + 1);

        app.ingress.consumed(&app.database.pool).await;
        let asked = ListMessagesRequest {
            contact_id: contact.contact_id,
            ..ListMessagesRequest::default()
        };
        let said = eventually("the message is there", async || {
            let answer = team.talk.conversation.list_messages(asked.clone()).await;
            let messages = answer.unwrap().into_inner().messages;
            (!messages.is_empty()).then_some(messages)
        })
        .await;
        assert_eq!(said.len(), 1, "told twice, said once");
        assert!(!app.database_contains("where is my order").await);
        assert!(!app.database_contains(person).await);
    }
}

#[tokio::test]
async fn a_word_a_button_and_the_channels_switch_stop_and_resume() {
    let steps = [
        (
            Kind::Wrote("取消訂閱".to_owned()),
            Kind::Wrote("start".to_owned()),
        ),
        (Kind::MarketingStopped(true), Kind::MarketingStopped(false)),
    ];
    let app = App::start().await;
    let mut team = app.team();
    let (channel, own_id, person) = PEOPLE[1];
    let account = team.account_on(channel, own_id).await;
    let mut at = 0;
    for (stop, resume) in steps {
        for (kind, status) in [
            (stop, ContactStatus::Unsubscribed),
            (resume, ContactStatus::Subscribed),
        ] {
            at += 1;
            let event = event(person, at, kind);
            app.tell(&team, &account, channel, &event).await;
            // The person's own decision, and not the team's.
            let contact =
                contact_when(&mut team, &account, |contact| contact.status() == status).await;
            assert!(contact.opt_outs.iter().all(|out| out.by_person));
        }
    }
}

#[tokio::test]
async fn a_switch_alone_is_no_interaction() {
    let app = App::start().await;
    let mut team = app.team();
    let (channel, own_id, person) = PEOPLE[1];
    let account = team.account_on(channel, own_id).await;
    let stopped = event(person, 1, Kind::MarketingStopped(true));
    app.tell(&team, &account, channel, &stopped).await;
    let contact = contact_when(&mut team, &account, |contact| {
        contact.status() == ContactStatus::Unsubscribed
    })
    .await;
    assert_eq!(contact.last_interaction_at, None, "it opens no window");
}

#[tokio::test]
async fn an_event_of_nobody_that_can_be_told_is_left_out() {
    let app = App::start().await;
    let mut team = app.team();
    let account = team.account_on(Channel::Messenger, "1093").await;
    let nobody = event("not a page-scoped id", 1, Kind::Wrote("hi".to_owned()));
    app.tell(&team, &account, Channel::Messenger, &nobody).await;
    app.ingress.consumed(&app.database.pool).await;
    assert_eq!(team.contacts(&account, "").await, []);
}

fn event(person: &str, after: i64, kind: Kind) -> PersonEvent {
    PersonEvent {
        external_id: person.to_owned(),
        event_id: format!("event {after}"),
        occurred_at: DateTime::from_timestamp(AT + after, 0).map(to_timestamp),
        kind: Some(kind),
        raw: Vec::new(),
    }
}

impl App {
    async fn tell(&self, team: &Team, account: &str, channel: Channel, event: &PersonEvent) {
        self.ingress
            .person_event(team.id, account, channel, event)
            .await;
    }
}

impl Team {
    async fn account_on(&mut self, channel: Channel, own_id: &str) -> String {
        let connected = self.connect(account_of(channel, own_id)).await.unwrap();
        connected.account.unwrap().account_id
    }
}

async fn contact_when(
    team: &mut Team,
    account: &str,
    is_there: impl Fn(&Contact) -> bool,
) -> Contact {
    eventually("the contact is there", async || {
        let contacts = team.contacts(account, "").await;
        contacts.into_iter().find(|contact| is_there(contact))
    })
    .await
}
