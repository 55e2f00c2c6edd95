//! What a phone number's answers come to.

use std::collections::HashMap;

use events::{BroadcastLogEvent, broadcasts::FailureClass};
use simulator::{ConsumerState, GraphFault};

use crate::{
    ledger::{Became, failed},
    meta::{Meta, phone, template},
};

#[tokio::test]
async fn whoever_cannot_be_reached_fails_alone() {
    let meta = Meta::whatsapp().await;
    let digits = |number| phone(number).trim_start_matches('+').to_owned();
    let states = HashMap::from([
        (digits(0), ConsumerState::NotOnWhatsapp),
        (digits(2), ConsumerState::StoppedMarketing),
        (digits(3), ConsumerState::Capped),
    ]);
    meta.app
        .control
        .set_consumers("101", &states)
        .await
        .unwrap();
    meta.broadcast([5]).await;
    let _worker = meta.app.deliver().await;
    let recipient = |code| failed(FailureClass::Recipient, code);
    let expected = [
        (0, recipient("131026 undeliverable")),
        (1, Became::Accepted),
        (2, recipient("131050 opted_out")),
        (3, recipient("131049 marketing_cap")),
        (4, Became::Accepted),
    ];
    assert_eq!(meta.app.settled().await, expected.into());
}

#[tokio::test]
async fn a_template_that_is_gone_stops_the_broadcast() {
    let meta = Meta::whatsapp().await;
    meta.broadcast_of(template("winter"), [30]).await;
    let _worker = meta.app.deliver().await;
    let outcomes = meta.app.settled().await;
    assert!(outcomes.values().all(|became| *became == Became::NotSent));
    let stopped = |event: &BroadcastLogEvent| matches!(event, BroadcastLogEvent::Stopped(_));
    assert!(meta.app.log().await.iter().any(stopped));
}

#[tokio::test]
async fn a_number_that_is_too_fast_waits_and_goes_on() {
    let meta = Meta::whatsapp().await;
    meta.fault([GraphFault::refuse(130_429, None).times(3)])
        .await;
    meta.broadcast([12, 12]).await;
    let _worker = meta.app.deliver().await;
    let outcomes = meta.app.settled().await;
    assert!(outcomes.values().all(|became| *became == Became::Accepted));
    assert_eq!(meta.totals().await.max_per_person, 1);
}

#[tokio::test]
async fn a_person_who_is_put_off_gets_it_later() {
    let meta = Meta::whatsapp().await;
    meta.broadcast([3]).await;
    meta.fault([GraphFault::refuse(131_056, None).times(1)])
        .await;
    let _worker = meta.app.deliver().await;
    let outcomes = meta.app.settled().await;
    assert!(outcomes.values().all(|became| *became == Became::Accepted));
    assert_eq!(meta.totals().await.max_per_person, 1);
}

/// WhatsApp's ids of messages hold the person's number.
#[tokio::test]
async fn no_channels_id_of_a_message_is_in_the_log() {
    let meta = Meta::whatsapp().await;
    meta.broadcast([3]).await;
    let _worker = meta.app.deliver().await;
    meta.app.settled().await;
    let log = format!("{:?}", meta.app.log().await);
    for received in meta.received().await {
        assert!(!log.contains(&received.id));
    }
    assert!(log.contains("channel_request_id"));
}
