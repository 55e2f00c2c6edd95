use events::{BroadcastLogEvent, broadcasts::PauseReason};
use simulator::{ChannelSettings, Endpoint, Fault, FaultKind};
use test_support::eventually;

use crate::app::{ACCOUNT, App, Frozenly, TOKEN};

fn paused_for(event: &BroadcastLogEvent, reason: PauseReason) -> bool {
    matches!(event, BroadcastLogEvent::Paused(paused) if paused.reason() == reason)
}

#[tokio::test]
async fn a_dead_token_pauses_and_a_new_one_finishes() {
    let app = App::start().await;
    app.connect_account(ACCOUNT, "revoked").await;
    let broadcast = app.broadcast([2; 30]).await;
    let _worker = app.deliver().await;
    app.until_logged("the broadcast is paused", |event| {
        paused_for(event, PauseReason::Credentials)
    })
    .await;
    let calls = app.windows().await.len();
    assert!(calls <= 32, "{calls} calls with a dead token");
    assert_eq!(app.totals().await.people_received, 0);

    app.connect_account(ACCOUNT, TOKEN).await;
    app.resume(broadcast).await;
    app.all_accepted(60).await;
}

#[tokio::test]
async fn an_account_that_may_not_send_pauses() {
    let app = App::with(ChannelSettings {
        forbidden: true,
        ..ChannelSettings::default()
    })
    .await;
    let broadcast = app.broadcast([3]).await;
    let _worker = app.deliver().await;
    app.until_logged("the broadcast is paused", |event| {
        paused_for(event, PauseReason::Credentials)
    })
    .await;
    app.set_channel(ChannelSettings::default()).await;
    app.resume(broadcast).await;
    app.all_accepted(3).await;
}

#[tokio::test]
async fn a_month_that_is_used_up_pauses() {
    let app = App::with(ChannelSettings {
        quota: Some(2),
        ..ChannelSettings::default()
    })
    .await;
    let broadcast = app.broadcast([3]).await;
    let _worker = app.deliver().await;
    app.until_logged("the broadcast is paused", |event| {
        paused_for(event, PauseReason::Quota)
    })
    .await;
    app.set_channel(ChannelSettings {
        quota: Some(10),
        ..ChannelSettings::default()
    })
    .await;
    app.resume(broadcast).await;
    app.all_accepted(3).await;
}

#[tokio::test]
async fn a_month_that_is_only_reserved_is_waited_for() {
    let app = App::with(ChannelSettings {
        quota: Some(10),
        reserved: 8,
        ..ChannelSettings::default()
    })
    .await;
    app.broadcast([3]).await;
    let _worker = app.deliver().await;
    eventually("LINE refuses", async || {
        let totals = app.totals().await;
        (totals.answered(Endpoint::Multicast, 429) > 0).then_some(())
    })
    .await;
    app.set_channel(ChannelSettings {
        quota: Some(10),
        ..ChannelSettings::default()
    })
    .await;
    app.all_accepted(3).await;
    let paused = |event: &BroadcastLogEvent| matches!(event, BroadcastLogEvent::Paused(_));
    assert!(!app.log().await.iter().any(paused));
}

#[tokio::test]
async fn a_paused_broadcast_does_not_hold_up_another() {
    let app = App::start().await;
    // In order: the first call fails, and all others succeed.
    app.fault([Fault::new(FaultKind::Unauthorized).times(1)])
        .await;
    let first = Frozenly {
        first: 10,
        ..Frozenly::default()
    };
    let paused = app.freeze(first).await;
    let _worker = app.deliver().await;
    app.until_logged("the broadcast is paused", |event| {
        paused_for(event, PauseReason::Credentials)
    })
    .await;
    app.broadcast([10]).await;
    eventually("the other is sent", async || {
        (app.outcomes().await.len() == 10).then_some(())
    })
    .await;
    app.resume(paused).await;
    app.all_accepted(13).await;
}
