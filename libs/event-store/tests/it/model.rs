//! Random commands against a model that is a map from stream to number of events.

use std::collections::HashMap;

use event_store::{AppendError, EventStore, Expected};
use futures_util::future::join_all;
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use uuid::Uuid;

use crate::support::{TestLog, append, open};

/// A command with its request id; some of them are sent twice, or given up on.
#[derive(Debug, Clone)]
struct Sent {
    stream: u128,
    /// Relative to what the model knows; `None`: any.
    off_by: Option<i64>,
    events: usize,
    repeat: bool,
    give_up: bool,
}

fn sent() -> impl Strategy<Value = Sent> {
    let off_by =
        prop_oneof![4 => Just(Some(0)), 1 => Just(Some(1)), 1 => Just(Some(-1)), 2 => Just(None)];
    (
        0_u128..12,
        off_by,
        1_usize..4,
        any::<bool>(),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(stream, off_by, events, repeat, give_up)| Sent {
            stream,
            off_by,
            events,
            repeat,
            give_up,
        })
}

/// Random rounds of concurrent commands over two processes, of which one crashes in between:
/// its appender is aborted, so a caller does not know what became of its command and repeats it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_commands_leave_a_log_that_the_model_predicts() {
    let mut runner = TestRunner::new(Config::default());
    for _ in 0..6 {
        let rounds = prop::collection::vec(prop::collection::vec(sent(), 1..12), 1..12);
        let rounds = rounds.new_tree(&mut runner).unwrap().current();
        run(rounds).await;
    }
}

async fn run(rounds: Vec<Vec<Sent>>) {
    let log = TestLog::create(3).await;
    let mut model: HashMap<u128, i64> = HashMap::new();
    let mut request = 0;
    for round in rounds {
        let (other, crashing) = open(&log.database, 3).await;
        let mut streams = std::collections::HashSet::new();
        let commands: Vec<_> = round
            .into_iter()
            .filter(|sent| streams.insert(sent.stream))
            .map(|sent| {
                request += 1;
                (sent, Uuid::from_u128(request))
            })
            .collect();
        let known = model.clone();
        let executions = commands
            .iter()
            .map(|(sent, request)| execute(&log, &other, &known, sent, *request));
        let crash = async {
            tokio::task::yield_now().await;
            crashing.abort();
        };
        let (outcomes, ()) = tokio::join!(join_all(executions), crash);
        for ((sent, _), appended) in commands.iter().zip(outcomes) {
            let version = model.entry(sent.stream).or_default();
            let expected = sent.off_by.is_none_or(|off_by| off_by == 0);
            assert_eq!(appended.is_some(), expected, "{sent:?} at {version}");
            if let Some(at) = appended {
                *version += i64::try_from(sent.events).unwrap();
                assert_eq!(at, *version);
            }
        }
    }
    log.check().await;
    let events = log.events().await;
    for (stream, version) in model {
        let found = events
            .iter()
            .filter(|event| event.stream_id == Uuid::from_u128(stream))
            .count();
        assert_eq!(i64::try_from(found).unwrap(), version, "stream {stream}");
    }
}

/// Sends a command to the process that crashes, and repeats it where that left it open.
async fn execute(
    log: &TestLog,
    other: &EventStore,
    known: &HashMap<u128, i64>,
    sent: &Sent,
    request: Uuid,
) -> Option<i64> {
    let version = known.get(&sent.stream).copied().unwrap_or_default();
    let expected = sent
        .off_by
        .map_or(Expected::Any, |off_by| Expected::Version(version + off_by));
    let mut command = append(sent.stream, expected, sent.events);
    command.request_id = Some(request);
    if sent.give_up {
        // A caller that stops waiting at once; whatever became of it, the repeat settles it.
        let waiting = other.append(command.clone());
        drop(tokio::time::timeout(std::time::Duration::ZERO, waiting).await);
    }
    let mut outcome = other.append(command.clone()).await;
    if sent.repeat
        || matches!(
            outcome,
            Err(AppendError::ShuttingDown | AppendError::Database(_))
        )
    {
        outcome = log.append(command).await;
    }
    match outcome {
        Ok(appended) => Some(appended.version),
        Err(AppendError::Conflict { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}
