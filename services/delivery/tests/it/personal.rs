//! Broadcasts whose people each get links of their own.

use std::collections::BTreeSet;

use broadcast_domain::{BroadcastCommand, ParsedLink, Recipients, parse_link_token};
use chrono::TimeDelta;
use events::broadcasts::FailureClass;
use simulator::{ChannelSettings, Endpoint, Fault, FaultKind};
use test_support::eventually;
use uuid::Uuid;

use crate::{
    app::{App, CHANNEL, Frozenly, LINKS_SECRET, contact, user},
    crashes::{process, window_started},
    ledger::{Became, failed},
};

async fn broadcast(app: &App, chunks: impl IntoIterator<Item = u64>) -> Uuid {
    app.freeze(Frozenly {
        chunks: chunks.into_iter().collect(),
        text: "{{https://shop.example/1}} {{https://shop.example/2}}".to_owned(),
        personal_links: true,
        ..Frozenly::default()
    })
    .await
}

/// The links that somebody got.
async fn links_of(app: &App, person: u64) -> Vec<ParsedLink> {
    let received = app.control.deliveries_to(CHANNEL, user(person));
    let [send] = received.await.unwrap().try_into().unwrap();
    let messages: serde_json::Value = serde_json::from_str(send.messages.get()).unwrap();
    let text = messages[0]["text"].as_str().unwrap();
    let tokens = text.split(' ');
    tokens
        .map(|token| parse_link_token(LINKS_SECRET.as_bytes(), token).unwrap())
        .collect()
}

#[tokio::test]
async fn everyone_gets_links_of_their_own_once_under_a_key_of_their_own() {
    let app = App::start().await;
    broadcast(&app, [40, 2]).await;
    let _worker = app.deliver().await;
    app.all_accepted(42).await;
    let totals = app.totals().await;
    assert_eq!(totals.answered(Endpoint::Push, 200), 42);
    assert_eq!(totals.answered(Endpoint::Multicast, 200), 0);
    assert_eq!(totals.units.values().sum::<u64>(), 42);
    let mut keys = BTreeSet::new();
    let mut links = BTreeSet::new();
    for person in 0..42 {
        let own = links_of(&app, person).await;
        assert_eq!(own.len(), 2);
        for link in own {
            assert_eq!(link.contact_id, Some(contact(person)));
            links.insert(link.link_id);
        }
        let received = app.control.deliveries_to(CHANNEL, user(person));
        keys.insert(received.await.unwrap()[0].retry_key.unwrap());
    }
    assert_eq!((keys.len(), links.len()), (42, 2));
}

async fn sent_once_despite(fault: FaultKind) {
    let app = App::start().await;
    broadcast(&app, [20]).await;
    app.fault([Fault::new(fault).skipping(3).times(6)]).await;
    let _worker = app.deliver().await;
    app.all_accepted(20).await;
    assert_eq!(app.windows().await.len(), 1, "the same keys throughout");
    assert_eq!(app.totals().await.changed_bodies, 0);
}

#[tokio::test]
async fn pushes_whose_answers_are_lost_are_repeated_under_their_keys() {
    sent_once_despite(FaultKind::DropAfterAccept).await;
    sent_once_despite(FaultKind::ErrorAfterAccept).await;
}

#[tokio::test]
async fn pushes_that_did_not_arrive_are_repeated() {
    sent_once_despite(FaultKind::DropBeforeAccept).await;
    sent_once_despite(FaultKind::RateLimited).await;
}

#[tokio::test]
async fn many_lost_answers_push_once() {
    let app = App::start().await;
    broadcast(&app, [40; 4]).await;
    app.fault([
        Fault::new(FaultKind::DropAfterAccept).with_probability(0.1),
        Fault::new(FaultKind::ErrorBeforeAccept).with_probability(0.1),
    ])
    .await;
    let _worker = app.deliver().await;
    app.all_accepted(160).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_are_killed_push_to_everyone_once() {
    let app = App::start().await;
    broadcast(&app, [30; 6]).await;
    app.fault([
        Fault::new(FaultKind::SlowAnswer { delay_ms: 100 }).with_probability(0.3),
        Fault::new(FaultKind::DropAfterAccept).with_probability(0.05),
    ])
    .await;
    for kills in 1..=3 {
        let process = process(&app);
        let enough = kills * 25;
        eventually("some calls are made", async || {
            (app.totals().await.accepted >= enough).then_some(())
        })
        .await;
        process.shutdown_background();
    }
    assert!(app.totals().await.people_received < 180, "all was sent");
    let _worker = app.deliver().await;
    app.all_accepted(180).await;
    assert!(app.totals().await.answered(Endpoint::Push, 409) > 0);
}

#[tokio::test]
async fn whoever_is_nobody_fails_alone() {
    let app = App::start().await;
    app.nobody([1]).await;
    broadcast(&app, [3]).await;
    let _worker = app.deliver().await;
    let outcomes = app.settled().await;
    let nobody = failed(FailureClass::Recipient, "recipient_unnamed");
    let expected = [Became::Accepted, nobody, Became::Accepted];
    assert_eq!(outcomes, (0..).zip(expected).collect());
}

#[tokio::test]
async fn a_month_that_is_used_up_pauses_before_the_others_and_nobody_is_lost() {
    let app = App::with(ChannelSettings {
        quota: Some(2),
        ..ChannelSettings::default()
    })
    .await;
    let id = broadcast(&app, [5]).await;
    let _worker = app.deliver().await;
    app.until_logged("the broadcast is paused", |event| {
        matches!(event, events::BroadcastLogEvent::Paused(_))
    })
    .await;
    app.set_channel(ChannelSettings::default()).await;
    app.execute(
        id,
        BroadcastCommand::Resume {
            at: bootstrap::Clock::now(&*app.clock),
        },
    )
    .await;
    app.all_accepted(5).await;
}

#[tokio::test]
async fn content_that_line_refuses_stops_the_broadcast() {
    let app = App::start().await;
    broadcast(&app, [100]).await;
    app.fault([Fault::new(FaultKind::MessagesRefused)]).await;
    let _worker = app.deliver().await;
    let outcomes = app.settled().await;
    let refused = failed(FailureClass::Content, "content_invalid");
    assert!(outcomes.values().any(|became| *became == refused));
    assert!(outcomes.values().any(|became| *became == Became::NotSent));
    assert_eq!(app.totals().await.people_received, 0);
}

#[tokio::test]
async fn after_23_hours_those_in_an_open_window_are_unknown_and_the_others_are_sent_to() {
    let app = App::start().await;
    let id = broadcast(&app, [3]).await;
    window_started(&app, id, Recipients::first(2)).await;
    app.clock.shift(TimeDelta::hours(23));
    let _worker = app.deliver().await;
    let outcomes = app.settled().await;
    let expected = [Became::Unknown, Became::Unknown, Became::Accepted];
    assert_eq!(outcomes, (0..).zip(expected).collect());
}
