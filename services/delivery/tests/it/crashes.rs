use std::sync::Arc;

use bootstrap::{Clock as _, Lifecycle};
use broadcast_domain::{
    BroadcastCommand, Chunk, ChunkCommand, Fate, Outcome, Recipients, aggregation_unit, chunk_id,
};
use channels::{Verdict, line::multicast_body};
use event_sourcing::Aggregate as _;
use event_store::AppendError;
use simulator::{Endpoint, Fault, FaultKind};
use test_support::eventually;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use crate::{
    app::{App, messages, user},
    ledger::Became,
};

/// As a worker that died leaves it: a window that is open.
pub(crate) async fn window_started(app: &App, broadcast: Uuid, recipients: Recipients) -> Uuid {
    let retry_key = Uuid::new_v4();
    let start = ChunkCommand::StartWindow {
        recipients,
        retry_key,
        at: app.clock.now(),
    };
    app.execute_chunk(chunk_id(broadcast, 0), start).await;
    retry_key
}

#[tokio::test]
async fn a_crash_before_the_call_sends_once() {
    let app = App::start().await;
    let broadcast = app.broadcast([3]).await;
    window_started(&app, broadcast, Recipients::first(3)).await;
    let _worker = app.deliver().await;
    app.all_accepted(3).await;
    assert_eq!(app.totals().await.answered(Endpoint::Multicast, 200), 1);
}

#[tokio::test]
async fn a_crash_after_the_call_sends_once_and_repeats_the_same_bytes() {
    let app = App::start().await;
    let broadcast = app.broadcast([4]).await;
    let retry_key = window_started(&app, broadcast, Recipients::first(3)).await;
    let to: Vec<String> = (0..3).map(|person| user(person).to_string()).collect();
    let unit = aggregation_unit(broadcast);
    let body = multicast_body(&to, &messages("hello"), Some(&unit)).unwrap();
    let sent = app.line().multicast(retry_key, body).await;
    assert!(matches!(sent.verdict, Verdict::Accepted { .. }));

    let _worker = app.deliver().await;
    // Among others: no other bytes under the key.
    app.all_accepted(4).await;
    assert_eq!(app.totals().await.answered(Endpoint::Multicast, 409), 1);
}

#[tokio::test]
async fn a_window_that_was_left_open_for_a_day_is_not_sent_again() {
    let app = App::start().await;
    let broadcast = app.broadcast([3]).await;
    window_started(&app, broadcast, Recipients::first(2)).await;
    app.clock.shift(chrono::TimeDelta::hours(23));
    let _worker = app.deliver().await;
    let outcomes = app.settled().await;
    let expected = [
        (0, Became::Unknown),
        (1, Became::Unknown),
        (2, Became::Accepted),
    ];
    assert_eq!(outcomes, expected.into());
    assert_eq!(app.totals().await.people_received, 1);
}

#[tokio::test]
async fn a_crash_after_the_outcome_erases_the_addresses_all_the_same() {
    let app = App::start().await;
    let broadcast = app.broadcast([3]).await;
    window_started(&app, broadcast, Recipients::first(3)).await;
    let settle = ChunkCommand::SettleWindow {
        window: 1,
        outcomes: vec![Outcome {
            recipients: Recipients::first(3),
            fate: Fate::Accepted {
                channel_request_id: String::new(),
            },
        }],
        at: app.clock.now(),
    };
    app.execute_chunk(chunk_id(broadcast, 0), settle).await;
    let at = app.clock.now();
    app.execute(broadcast, BroadcastCommand::Complete { at })
        .await;
    let _worker = app.deliver().await;
    app.settled().await;
    assert_eq!(app.totals().await.accepted, 0);
}

/// Were it otherwise, a worker that slept through its lease could free people whom the next one has sent to.
#[tokio::test]
async fn a_worker_that_was_taken_over_from_cannot_write_any_more() {
    let app = App::start().await;
    let broadcast = app.broadcast([3]).await;
    let chunk_id = chunk_id(broadcast, 0);
    window_started(&app, broadcast, Recipients::first(3)).await;
    let asleep = app.store.load::<Chunk>(chunk_id).await.unwrap();
    app.fault([Fault::new(FaultKind::DropAfterAccept)]).await;
    let _worker = app.deliver().await;
    eventually("LINE has it", async || {
        (app.totals().await.people_received == 3).then_some(())
    })
    .await;

    let release = ChunkCommand::SettleWindow {
        window: 1,
        outcomes: Vec::new(),
        at: app.clock.now(),
    };
    let events = asleep.state.decide(release).unwrap();
    let appended = app.append(chunk_id, asleep.version, &events).await;
    assert!(
        matches!(appended, Err(AppendError::Conflict { .. })),
        "{appended:?}"
    );

    app.fault([]).await;
    app.all_accepted(3).await;
}

/// A process whose tasks end where they are, like one that is killed.
pub(crate) fn process(app: &App) -> Runtime {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let (mut config, clock) = (app.config(), app.clock.clone());
    config.sending.lease_seconds = 1;
    // So slow that nobody is done before being killed.
    config.line.multicasts_per_second = 30;
    config.line.pushes_per_second = 60;
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn_on(
        async move {
            let lifecycle = Lifecycle::new();
            delivery::start(config, Arc::clone(&clock) as _, &lifecycle)
                .await
                .unwrap();
            std::future::pending::<()>().await;
        },
        runtime.handle(),
    );
    tasks.detach_all();
    runtime
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_are_killed_send_to_everyone_once() {
    let app = App::start().await;
    app.broadcast([5; 60]).await;
    app.fault([
        Fault::new(FaultKind::SlowAnswer { delay_ms: 100 }).with_probability(0.5),
        Fault::new(FaultKind::DropAfterAccept).with_probability(0.1),
    ])
    .await;
    for kills in 1..=4 {
        let process = process(&app);
        let enough = kills * 8;
        eventually("some calls are made", async || {
            (app.totals().await.accepted >= enough).then_some(())
        })
        .await;
        process.shutdown_background();
    }
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM dispatch_chunks WHERE state = 'ready'")
            .fetch_one(&app.pool)
            .await
            .unwrap();
    assert!(left > 0, "all was sent before the last kill");
    let _worker = app.deliver().await;
    app.all_accepted(300).await;
}
