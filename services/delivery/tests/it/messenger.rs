//! What a Page's answers come to.

use std::collections::HashMap;

use events::{
    BroadcastLogEvent,
    broadcasts::{FailureClass, PauseReason},
};
use simulator::{GraphFault, PersonState};

use crate::{
    ledger::{Became, failed},
    meta::{ACCOUNT, Meta, TOKEN, psid},
};

fn recipient(code: &str) -> Became {
    failed(FailureClass::Recipient, code)
}

#[tokio::test]
async fn whoever_cannot_be_reached_fails_alone() {
    let meta = Meta::messenger().await;
    let states = HashMap::from([
        (psid(0), PersonState::Nonexistent),
        (psid(2), PersonState::Blocked),
        (psid(3), PersonState::Unavailable),
    ]);
    meta.app.control.set_people("101", &states).await.unwrap();
    meta.broadcast([5]).await;
    let _worker = meta.app.deliver().await;
    let expected = [
        (0, recipient("100/2018001 no_such_person")),
        (1, Became::Accepted),
        (2, recipient("200/1545041 unreachable")),
        (3, recipient("551/1545041 unreachable")),
        (4, Became::Accepted),
    ];
    assert_eq!(meta.app.settled().await, expected.into());
}

#[tokio::test]
async fn whoever_is_outside_the_window_by_now_fails_alone() {
    let meta = Meta::messenger().await;
    meta.broadcast([3]).await;
    meta.fault([GraphFault::refuse(10, Some(2_018_278)).times(1)])
        .await;
    let _worker = meta.app.deliver().await;
    let outcomes = meta.app.settled().await;
    let outside = recipient("10/2018278 window_closed");
    assert_eq!(
        outcomes
            .values()
            .filter(|became| **became == outside)
            .count(),
        1
    );
    assert_eq!(meta.totals().await.accepted, 2);
}

#[tokio::test]
async fn a_page_that_is_too_fast_waits_and_goes_on() {
    let meta = Meta::messenger().await;
    meta.broadcast([6]).await;
    meta.fault([GraphFault::refuse(80_006, None).times(2)])
        .await;
    let _worker = meta.app.deliver().await;
    let outcomes = meta.app.settled().await;
    assert!(outcomes.values().all(|became| *became == Became::Accepted));
    assert_eq!(meta.totals().await.max_per_person, 1);
}

#[tokio::test]
async fn a_token_that_is_refused_pauses_and_another_goes_on() {
    let meta = Meta::messenger().await;
    meta.app
        .connect(events::common::Channel::Messenger, ACCOUNT, "101", "old")
        .await;
    let broadcast = meta.broadcast([3]).await;
    let _worker = meta.app.deliver().await;
    meta.app
        .until_logged("the broadcast is paused", |event| {
            matches!(event, BroadcastLogEvent::Paused(paused)
                if paused.reason() == PauseReason::Credentials)
        })
        .await;
    meta.app
        .connect(events::common::Channel::Messenger, ACCOUNT, "101", TOKEN)
        .await;
    meta.app.resume(broadcast).await;
    let outcomes = meta.app.settled().await;
    assert!(outcomes.values().all(|became| *became == Became::Accepted));
}

#[tokio::test]
async fn a_page_that_broke_a_rule_is_paused_as_restricted() {
    let meta = Meta::messenger().await;
    meta.broadcast([3]).await;
    meta.fault([GraphFault::refuse(368, None)]).await;
    let _worker = meta.app.deliver().await;
    meta.app
        .until_logged("the broadcast is paused", |event| {
            matches!(event, BroadcastLogEvent::Paused(paused)
                if paused.reason() == PauseReason::Restricted)
        })
        .await;
    assert_eq!(meta.totals().await.accepted, 0);
}

#[tokio::test]
async fn an_attachment_that_is_refused_stops_the_broadcast() {
    let meta = Meta::messenger().await;
    meta.broadcast([30]).await;
    meta.fault([GraphFault::refuse(100, Some(2_018_008))]).await;
    let _worker = meta.app.deliver().await;
    let outcomes = meta.app.settled().await;
    assert!(outcomes.values().all(|became| *became == Became::NotSent));
    let stopped = |event: &BroadcastLogEvent| matches!(event, BroadcastLogEvent::Stopped(_));
    assert!(meta.app.log().await.iter().any(stopped));
}

#[tokio::test]
async fn a_request_that_is_wrong_for_everyone_stops_the_broadcast() {
    let meta = Meta::messenger().await;
    meta.broadcast([60]).await;
    meta.fault([GraphFault::refuse(100, None)]).await;
    let _worker = meta.app.deliver().await;
    let outcomes = meta.app.settled().await;
    let wrong = failed(FailureClass::Content, "100 request_invalid");
    let count = |wanted: &Became| outcomes.values().filter(|became| *became == wanted).count();
    assert_eq!(count(&wrong), 25);
    assert_eq!(count(&Became::NotSent), 35);
}
