use chrono::TimeDelta;
use events::{BroadcastLogEvent, broadcasts::PauseReason};
use simulator::{Endpoint, Fault, FaultKind, Outcome};
use test_support::eventually;

use crate::{app::App, ledger::Became};

async fn sent_once_despite(fault: FaultKind) {
    let app = App::start().await;
    app.broadcast([3]).await;
    app.fault([Fault::new(fault).times(2)]).await;
    let _worker = app.deliver().await;
    app.all_accepted(3).await;
    assert_eq!(app.windows().await.len(), 1, "the same key throughout");
}

#[tokio::test]
async fn a_connection_that_is_lost_after_line_accepted_sends_once() {
    sent_once_despite(FaultKind::DropAfterAccept).await;
}

#[tokio::test]
async fn a_connection_that_is_lost_before_line_accepted_sends_once() {
    sent_once_despite(FaultKind::DropBeforeAccept).await;
}

#[tokio::test]
async fn a_server_error_after_line_accepted_sends_once() {
    sent_once_despite(FaultKind::ErrorAfterAccept).await;
}

#[tokio::test]
async fn a_server_error_before_line_accepted_sends_once() {
    sent_once_despite(FaultKind::ErrorBeforeAccept).await;
}

#[tokio::test]
async fn an_answer_that_comes_too_late_sends_once() {
    sent_once_despite(FaultKind::SlowAnswer { delay_ms: 3_000 }).await;
}

#[tokio::test]
async fn many_lost_answers_send_once() {
    let app = App::start().await;
    app.broadcast([20; 30]).await;
    let faults = [
        Fault::new(FaultKind::DropAfterAccept).with_probability(0.2),
        Fault::new(FaultKind::ErrorAfterAccept).with_probability(0.2),
        Fault::new(FaultKind::DropBeforeAccept).with_probability(0.2),
    ];
    app.fault(faults).await;
    let _worker = app.deliver().await;
    app.all_accepted(600).await;
}

/// A token is looked at before the retry key is, so that 401 does not say that nobody was sent to.
#[tokio::test]
async fn a_refusal_after_a_lost_answer_does_not_free_anyone() {
    let app = App::start().await;
    let broadcast = app.broadcast([3]).await;
    app.fault([
        Fault::new(FaultKind::DropAfterAccept).times(1),
        Fault::new(FaultKind::Unauthorized).times(1),
    ])
    .await;
    let _worker = app.deliver().await;
    app.until_logged("the broadcast is paused", |event| {
        matches!(event, BroadcastLogEvent::Paused(paused) if paused.reason() == PauseReason::Credentials)
    })
    .await;
    app.resume(broadcast).await;
    app.all_accepted(3).await;
    let mut keys: Vec<_> = app
        .windows()
        .await
        .into_iter()
        .map(|window| window.retry_key)
        .collect();
    keys.dedup();
    assert_eq!(keys.len(), 1, "one key throughout");
    assert_eq!(app.totals().await.answered(Endpoint::Multicast, 409), 1);
}

#[tokio::test]
async fn after_23_hours_without_an_answer_the_outcome_is_unknown() {
    let app = App::start().await;
    app.broadcast([3]).await;
    app.fault([Fault::new(FaultKind::DropAfterAccept)]).await;
    let _worker = app.deliver().await;
    eventually("LINE is tried", async || {
        let totals = app.totals().await;
        (totals.answered(Endpoint::Multicast, Outcome::Dropped) >= 1).then_some(())
    })
    .await;
    app.clock.shift(TimeDelta::hours(23));
    let outcomes = app.settled().await;
    assert_eq!(
        outcomes,
        (0..3).map(|person| (person, Became::Unknown)).collect()
    );
    assert_eq!(app.totals().await.max_copies_per_person, 1);
}
