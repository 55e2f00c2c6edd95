use broadcast_domain::aggregation_unit;
use events::BroadcastLogEvent;
use simulator::{ChannelSettings, Endpoint, Fault, FaultKind, RateLimit};
use test_support::{TestNats, eventually};

use crate::app::{App, CHANNEL, Frozenly, user};

#[tokio::test]
async fn everyone_is_sent_to_once_and_addresses_are_erased() {
    let app = App::start().await;
    let broadcast = app.broadcast([500, 500, 7]).await;
    let _worker = app.deliver().await;
    app.all_accepted(1_007).await;
    let totals = app.totals().await;
    assert_eq!(totals.accepted, 3);
    assert_eq!(totals.units, [(aggregation_unit(broadcast), 1_007)].into());
}

#[tokio::test]
async fn an_outcome_names_the_request_that_line_accepted() {
    let app = App::start().await;
    app.broadcast([3]).await;
    let _worker = app.deliver().await;
    app.settled().await;
    let received = app.control.deliveries_to(CHANNEL, user(0)).await.unwrap();
    let request_id = received[0].request_id.to_string();
    let names = |event: &BroadcastLogEvent| {
        matches!(event, BroadcastLogEvent::WindowSettled(settled)
            if settled.outcomes[0].channel_request_id == request_id)
    };
    assert!(app.log().await.iter().any(names));
}

#[tokio::test]
async fn windows_are_written_down_before_they_are_sent() {
    let app = App::start().await;
    app.broadcast([3]).await;
    let _worker = app.deliver().await;
    app.settled().await;
    let [window] = app.windows().await.try_into().unwrap();
    let received = app.control.deliveries_to(CHANNEL, user(2)).await.unwrap();
    let key = received[0].retry_key.unwrap();
    assert_eq!(window.retry_key, key.as_bytes());
    assert_eq!(key.get_version_num(), 4);
}

#[tokio::test]
async fn broadcasts_of_an_account_take_turns() {
    let app = App::start().await;
    app.broadcast([1; 40]).await;
    let second = Frozenly {
        first: 40,
        chunks: vec![1],
        ..Frozenly::default()
    };
    app.freeze(second).await;
    let _worker = app.deliver().await;
    app.all_accepted(41).await;
    let mut at = Vec::new();
    for person in 0..41 {
        let received = app
            .control
            .deliveries_to(CHANNEL, user(person))
            .await
            .unwrap();
        at.push(received[0].at_ms);
    }
    assert!(at[40] <= at[39], "the second waited for all of the first");
}

#[tokio::test]
async fn a_throttled_window_waits_and_is_sent_under_its_key() {
    let app = App::start().await;
    app.broadcast([3]).await;
    app.fault([Fault::new(FaultKind::RateLimited).times(2)])
        .await;
    let _worker = app.deliver().await;
    app.all_accepted(3).await;
    assert_eq!(app.windows().await.len(), 1);
    let totals = app.totals().await;
    assert_eq!(totals.answered(Endpoint::Multicast, 429), 2);
}

#[tokio::test]
async fn a_channel_that_is_slower_than_expected_is_waited_for() {
    let app = App::with(ChannelSettings {
        multicast_rate: RateLimit {
            per_second: 10.0,
            capacity: 2.0,
        },
        ..ChannelSettings::default()
    })
    .await;
    app.broadcast([2; 12]).await;
    let _worker = app.deliver().await;
    app.all_accepted(24).await;
    assert_eq!(app.windows().await.len(), 12);
}

#[tokio::test]
async fn a_hint_is_quicker_than_looking() {
    let (app, nats) = tokio::join!(App::start(), TestNats::start());
    let mut config = app.config();
    config.nats.url = nats.url().into();
    config.sending.poll_milliseconds_min = 3_600_000;
    config.sending.poll_milliseconds_max = 3_600_000;
    let _worker = app.deliver_with(config).await;
    app.broadcast([3]).await;
    // Of whatever is published to this stream of the log, which nobody publishes here.
    let client = async_nats::connect(nats.url()).await.unwrap();
    eventually("everyone is sent to", async || {
        let subject = "fanfare.broadcasts.v1.00.broadcast.AudienceFrozen";
        client.publish(subject, "".into()).await.unwrap();
        client.flush().await.unwrap();
        (app.totals().await.people_received == 3).then_some(())
    })
    .await;
}
