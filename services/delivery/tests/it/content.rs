use events::{BroadcastLogEvent, broadcasts::FailureClass};
use simulator::{Endpoint, Outcome};

use crate::{
    app::{App, Frozenly},
    ledger::{Became, failed},
};

#[tokio::test]
async fn content_that_line_refuses_stops_the_broadcast() {
    let app = App::start().await;
    let refused = Frozenly {
        chunks: vec![2; 60],
        text: "a".repeat(5_001),
        ..Frozenly::default()
    };
    app.freeze(refused).await;
    let _worker = app.deliver().await;

    let outcomes = app.settled().await;
    assert_eq!(outcomes.len(), 120);
    let refused = failed(FailureClass::Content, "content_invalid");
    let tried = outcomes
        .values()
        .filter(|became| **became == refused)
        .count();
    let not_sent = outcomes
        .values()
        .filter(|became| **became == Became::NotSent)
        .count();
    assert_eq!(tried + not_sent, 120);
    assert!((2..=64).contains(&tried), "{tried} people were tried");

    let stops = app
        .log()
        .await
        .into_iter()
        .filter(|event| matches!(event, BroadcastLogEvent::Stopped(_)));
    assert_eq!(stops.count(), 1);
    let calls = app
        .totals()
        .await
        .answered(Endpoint::Multicast, Outcome::Status(400));
    assert_eq!(calls, tried as u64 / 2);
}

#[tokio::test]
async fn another_broadcast_of_the_account_goes_on() {
    let app = App::start().await;
    let refused = Frozenly {
        first: 10,
        text: "a".repeat(5_001),
        ..Frozenly::default()
    };
    app.freeze(refused).await;
    app.broadcast([10]).await;
    let _worker = app.deliver().await;
    let outcomes = app.settled().await;
    assert!((0..10).all(|person| outcomes[&person] == Became::Accepted));
    assert_eq!(app.totals().await.people_received, 10);
}
