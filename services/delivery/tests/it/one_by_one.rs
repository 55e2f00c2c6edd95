//! Channels without a key under which a call could be made again: nobody is sent to twice, whatever happens.

use std::{collections::BTreeMap, sync::Arc};

use bootstrap::{Clock as _, Lifecycle};
use broadcast_domain::{ChunkCommand, Correlation, Recipients, Status, chunk_id};
use delivery::Config;
use events::{BroadcastLogEvent, broadcasts::PauseReason, common::ProgressKind};
use simulator::{GraphFault, GraphFaultKind, Injected};
use test_support::eventually;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use crate::{
    app::App,
    ledger::Became,
    meta::{Meta, progress},
};

#[tokio::test]
async fn everyone_is_sent_to_once_by_messenger() {
    everyone_is_sent_to_once(Meta::messenger().await).await;
}

#[tokio::test]
async fn everyone_is_sent_to_once_by_whatsapp() {
    everyone_is_sent_to_once(Meta::whatsapp().await).await;
}

async fn everyone_is_sent_to_once(meta: Meta) {
    let broadcast = meta.broadcast([60, 7]).await;
    let _worker = meta.app.deliver().await;
    let outcomes = meta.app.settled().await;
    let expected = (0..67).map(|number| (number, Became::Accepted));
    assert_eq!(outcomes, expected.collect());
    let totals = meta.totals().await;
    assert_eq!((totals.accepted, totals.people), (67, 67));
    let mut told: Vec<String> = meta
        .received()
        .await
        .into_iter()
        .map(|received| received.correlation.unwrap())
        .collect();
    told.sort();
    let of = |index: u32, people: u32| {
        let chunk_id = chunk_id(broadcast, index);
        (0..people).map(move |place| Correlation { chunk_id, place }.to_string())
    };
    let mut expected: Vec<String> = of(0, 60).chain(of(1, 7)).collect();
    expected.sort();
    assert_eq!(told, expected);
    for window in meta.app.windows().await {
        assert!(Recipients::from_ranges(&window.recipients).len() <= 25);
    }
}

/// A call that was made and not answered is a doubt, at once and for good. Its echo takes the doubt away.
#[tokio::test]
async fn a_lost_answer_is_a_doubt_until_the_channel_tells() {
    for meta in [Meta::messenger().await, Meta::whatsapp().await] {
        let broadcast = meta.broadcast([12]).await;
        meta.fault([
            GraphFault::new(GraphFaultKind::DropAfterAccept).times(1),
            GraphFault::new(GraphFaultKind::DropBeforeAccept).times(1),
            GraphFault::new(GraphFaultKind::BrokenAfterAccept { status: 502 }).times(1),
            GraphFault::new(GraphFaultKind::RefuseAfterAccept(Injected {
                code: 1,
                ..Injected::default()
            }))
            .times(1),
        ])
        .await;
        let _worker = meta.app.deliver().await;
        let outcomes = meta.app.settled().await;
        let unknown = |became: &&Became| **became == Became::Unknown;
        assert_eq!(outcomes.values().filter(unknown).count(), 4);
        assert_eq!(meta.totals().await.max_per_person, 1);
        assert_eq!(meta.totals().await.accepted, 11);

        meta.tell(ProgressKind::Accepted).await;
        let statuses = meta.statuses(broadcast, &[12]).await;
        assert_eq!(count(&statuses, Status::Accepted), 11);
        assert_eq!(count(&statuses, Status::Unknown), 1);
    }
}

/// Messenger's documents: it was sent, and an error is answered.
#[tokio::test]
async fn what_is_sent_with_an_error_is_sent() {
    let meta = Meta::messenger().await;
    meta.broadcast([3]).await;
    let sent = Injected {
        code: 1,
        subcode: Some(1_357_046),
        ..Injected::default()
    };
    meta.fault([GraphFault::new(GraphFaultKind::RefuseAfterAccept(sent))])
        .await;
    let _worker = meta.app.deliver().await;
    let outcomes = meta.app.settled().await;
    assert!(outcomes.values().all(|became| *became == Became::Accepted));
    assert_eq!(meta.totals().await.max_per_person, 1);
}

#[tokio::test]
async fn a_window_that_a_dead_worker_left_open_is_not_sent_again() {
    let meta = Meta::whatsapp().await;
    let broadcast = meta.broadcast([6]).await;
    start_window(&meta.app, broadcast, Recipients::first(4)).await;
    let _worker = meta.app.deliver().await;
    let outcomes = meta.app.settled().await;
    let expected = (0..6).map(|number| match number {
        0..4 => (number, Became::Unknown),
        _ => (number, Became::Accepted),
    });
    assert_eq!(outcomes, expected.collect());
    assert_eq!(meta.totals().await.accepted, 2);
}

/// Echoes come while their window is open. They must not look like another worker.
#[tokio::test]
async fn what_is_told_during_a_window_takes_no_turn_from_it() {
    let meta = Meta::messenger().await;
    let broadcast = meta.broadcast([5]).await;
    meta.fault([GraphFault::new(GraphFaultKind::SlowAnswer {
        delay_ms: 1_500,
    })])
    .await;
    let _worker = meta.app.deliver().await;
    eventually("all calls are made", async || {
        (meta.totals().await.accepted == 5).then_some(())
    })
    .await;
    let chunk_id = chunk_id(broadcast, 0);
    for place in 0..3 {
        let told = Correlation { chunk_id, place };
        let delivered = progress(told, ProgressKind::Delivered);
        meta.app.execute_chunk(chunk_id, delivered).await;
    }
    let outcomes = meta.app.settled().await;
    assert!(
        outcomes.values().all(|became| *became == Became::Accepted),
        "{outcomes:?}"
    );
    let statuses = meta.statuses(broadcast, &[5]).await;
    assert_eq!(meta.totals().await.max_per_person, 1);
    assert_eq!(count(&statuses, Status::Delivered), 3);
    assert_eq!(count(&statuses, Status::Accepted), 2);
}

/// A process whose tasks end where they are, like one that is killed.
pub(crate) fn process(app: &App, config: Config) -> Runtime {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let clock = app.clock.clone();
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
async fn processes_that_are_killed_send_to_nobody_twice_by_messenger() {
    killed(Meta::messenger().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_are_killed_send_to_nobody_twice_by_whatsapp() {
    killed(Meta::whatsapp().await).await;
}

async fn killed(meta: Meta) {
    let chunks = [40; 10];
    let broadcast = meta.broadcast(chunks).await;
    meta.fault([
        GraphFault::new(GraphFaultKind::SlowAnswer { delay_ms: 100 }).with_probability(0.5),
        GraphFault::new(GraphFaultKind::DropAfterAccept).with_probability(0.05),
    ])
    .await;
    let mut config = meta.app.config();
    config.sending.lease_seconds = 1;
    for kills in 1..=3 {
        let process = process(&meta.app, config.clone());
        let enough = kills * 60;
        eventually("some calls are made", async || {
            (meta.totals().await.accepted >= enough).then_some(())
        })
        .await;
        process.shutdown_background();
    }
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM dispatch_chunks WHERE state = 'ready'")
            .fetch_one(&meta.app.pool)
            .await
            .unwrap();
    assert!(left > 0, "all was sent before the last kill");
    let _worker = meta.app.deliver_with(config).await;
    let outcomes = meta.app.settled().await;
    assert_eq!(outcomes.len(), 400, "everyone has an outcome");

    let totals = meta.totals().await;
    assert_eq!(totals.max_per_person, 1, "somebody was sent to twice");
    let accepted = outcomes
        .values()
        .filter(|became| **became == Became::Accepted);
    let unknown = outcomes
        .values()
        .filter(|became| **became == Became::Unknown);
    let (accepted, unknown) = (accepted.count() as u64, unknown.count() as u64);
    assert_eq!(accepted + unknown, 400);
    assert!((1..=400).contains(&unknown), "no window was interrupted");
    assert!(accepted <= totals.people && totals.people <= 400);

    // What the channel tells afterwards is what it has, no more and no less.
    meta.tell(ProgressKind::Accepted).await;
    let statuses = meta.statuses(broadcast, &chunks).await;
    assert_eq!(count(&statuses, Status::Accepted), totals.people);
    assert_eq!(count(&statuses, Status::Unknown), 400 - totals.people);
}

async fn start_window(app: &App, broadcast: Uuid, recipients: Recipients) {
    let start = ChunkCommand::StartWindow {
        recipients,
        retry_key: Uuid::new_v4(),
        at: app.clock.now(),
    };
    app.execute_chunk(chunk_id(broadcast, 0), start).await;
}

fn count(statuses: &BTreeMap<(u32, u32), Option<Status>>, wanted: Status) -> u64 {
    let all = statuses.values();
    all.filter(|status| **status == Some(wanted)).count() as u64
}

/// A channel that does not say what it does is not tried with everyone.
#[tokio::test]
async fn doubts_in_a_row_pause_the_broadcast() {
    let meta = Meta::messenger().await;
    let broken = GraphFaultKind::BrokenAfterAccept { status: 502 };
    meta.fault([GraphFault::new(broken)]).await;
    let broadcast = meta.broadcast([100]).await;
    let _worker = meta.app.deliver().await;
    meta.app
        .until_logged("the broadcast is paused", |event| {
            matches!(event, BroadcastLogEvent::Paused(paused)
                if paused.reason() == PauseReason::Channel)
        })
        .await;
    let doubted = meta.received().await.len();
    // A window's worth at most, and then one at a time.
    assert!(doubted <= 25 + 4, "{doubted}");
    meta.fault([]).await;
    meta.app.resume(broadcast).await;
    let outcomes = meta.app.settled().await;
    let unknown = outcomes
        .values()
        .filter(|became| **became == Became::Unknown);
    assert_eq!(unknown.count(), doubted);
    assert_eq!(outcomes.len(), 100);
    let totals = meta.totals().await;
    assert_eq!((totals.accepted, totals.max_per_person), (100, 1));
}
