use event_store::{AppendError, Expected};
use futures_util::future::join_all;
use uuid::Uuid;

use crate::support::{TestLog, append, open};

#[tokio::test]
async fn a_command_is_appended_at_the_version_it_expects() {
    let log = TestLog::create(4).await;
    let first = log
        .append(append(1, Expected::Version(0), 2))
        .await
        .unwrap();
    let second = log
        .append(append(1, Expected::Version(2), 1))
        .await
        .unwrap();
    assert_eq!((first.version, second.version), (2, 3));
    assert_eq!(second.at.position, first.at.position + 1);
    log.check().await;
}

#[tokio::test]
async fn a_command_that_expects_another_version_changes_nothing() {
    let log = TestLog::create(4).await;
    log.append(append(1, Expected::Version(0), 1))
        .await
        .unwrap();
    let refused = log.append(append(1, Expected::Version(0), 1)).await;
    assert!(matches!(
        refused,
        Err(AppendError::Conflict {
            expected: 0,
            actual: 1
        })
    ));
    assert_eq!(log.events().await.len(), 1);
}

#[tokio::test]
async fn facts_are_appended_whatever_came_before() {
    let log = TestLog::create(4).await;
    let appends = (0..50).map(|_| log.append(append(1, Expected::Any, 1)));
    let mut versions: Vec<i64> = join_all(appends)
        .await
        .into_iter()
        .map(|appended| appended.unwrap().version)
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, (1..=50).collect::<Vec<_>>());
    log.check().await;
}

#[tokio::test]
async fn of_commands_that_wait_together_only_the_conflicting_one_fails() {
    let log = TestLog::create(1).await;
    log.append(append(7, Expected::Version(0), 1))
        .await
        .unwrap();
    let appends = (0..100).map(|stream| log.append(append(stream, Expected::Version(0), 1)));
    let outcomes = join_all(appends).await;
    let failed: Vec<usize> = (0..100).filter(|place| outcomes[*place].is_err()).collect();
    assert_eq!(failed, [7]);
    log.check().await;
}

/// Twenty of each kind, so that one commit has several kinds and several partitions.
#[tokio::test]
async fn of_commands_of_all_kinds_that_wait_together_each_gets_its_own_answer() {
    const KINDS: u128 = 5;
    let log = TestLog::create(3).await;
    let command = |stream: u128| {
        let mut command = match stream % KINDS {
            0 => append(stream, Expected::Any, 2),
            1 => append(stream, Expected::Version(0), 3),
            2 => append(stream, Expected::Version(4), 1),
            3 => append(stream, Expected::Any, 0),
            _ => append(stream, Expected::Version(0), 1),
        };
        command.request_id = (stream % KINDS > 2).then(|| Uuid::from_u128(stream));
        command.answer = stream.to_be_bytes().to_vec();
        command
    };
    let earlier = (0..20).map(|nth| log.append(command(KINDS * nth + 4)));
    let earlier = join_all(earlier).await;

    let outcomes = join_all((0..20 * KINDS).map(|stream| log.append(command(stream)))).await;

    for (stream, outcome) in (0..).zip(&outcomes) {
        let found = log.partition_of(Uuid::from_u128(stream));
        match (stream % KINDS, outcome) {
            (2, Err(AppendError::Conflict { expected, actual })) => {
                assert_eq!((*expected, *actual), (4, 0));
            }
            (kind, Ok(appended)) => {
                let version = [2, 3, -1, 0, 1][usize::try_from(kind).unwrap()];
                assert_eq!((appended.version, appended.repeated), (version, kind == 4));
                assert_eq!(appended.answer, stream.to_be_bytes());
                assert_eq!(appended.at.partition, found);
            }
            (kind, Err(error)) => panic!("a command of kind {kind}: {error}"),
        }
    }
    for (nth, first) in earlier.into_iter().enumerate() {
        let repeated = outcomes[nth * 5 + 4].as_ref().unwrap();
        assert_eq!(repeated.at, first.unwrap().at);
    }
    let events = log.events().await;
    assert_eq!(events.len(), 20 * (2 + 3 + 1));
    for event in events {
        let appended = outcomes[usize::try_from(event.stream_id.as_u128()).unwrap()].as_ref();
        let last = appended.unwrap();
        assert_eq!(
            last.at.position - event.at.position,
            last.version - event.version
        );
    }
    log.check().await;
}

#[tokio::test]
async fn of_two_processes_that_expect_the_same_version_one_is_first() {
    let log = TestLog::create(4).await;
    let (other, _appender) = open(&log.database, 4).await;
    for round in 0..40 {
        let mine = append(round, Expected::Version(0), 1);
        let theirs = append(round, Expected::Version(0), 1);
        let (mine, theirs) = tokio::join!(log.append(mine), other.append(theirs));
        assert_eq!(u8::from(mine.is_ok()) + u8::from(theirs.is_ok()), 1);
    }
    log.check().await;
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_answer_and_changes_nothing() {
    let log = TestLog::create(4).await;
    let mut command = append(1, Expected::Version(0), 2);
    command.request_id = Some(Uuid::from_u128(9));
    command.answer = b"answer".to_vec();
    let first = log.append(command.clone()).await.unwrap();
    command.answer = b"another".to_vec();
    let again = log.append(command).await.unwrap();
    assert!(!first.repeated && again.repeated);
    assert_eq!(
        (again.version, again.at, again.answer),
        (first.version, first.at, b"answer".to_vec())
    );
    assert_eq!(log.events().await.len(), 2);
}

#[tokio::test]
async fn a_request_sent_many_times_at_once_is_appended_once() {
    let log = TestLog::create(4).await;
    let (other, _appender) = open(&log.database, 4).await;
    let command = || {
        let mut command = append(1, Expected::Any, 1);
        command.request_id = Some(Uuid::from_u128(9));
        command
    };
    let appends = (0..20).map(|place| {
        if place % 2 == 0 {
            log.append(command())
        } else {
            other.append(command())
        }
    });
    for appended in join_all(appends).await {
        assert_eq!(appended.unwrap().version, 1);
    }
    assert_eq!(log.events().await.len(), 1);
}

#[tokio::test]
async fn a_log_in_another_ones_database_is_refused() {
    let log = TestLog::create(4).await;
    let config = event_store::LogConfig {
        name: "ingress",
        partitions: 4,
    };
    let opened = event_store::EventStore::open(log.database.pool.clone(), &config).await;
    assert_eq!(
        opened.unwrap_err().to_string(),
        "this database holds the log `contacts`, not `ingress`; check the database's address"
    );
}

#[tokio::test]
async fn a_log_keeps_the_partitions_that_it_was_made_with() {
    let log = TestLog::create(4).await;
    let (other, _appender) = open(&log.database, 16).await;
    assert_eq!(other.meta().partitions, 4);
}

#[tokio::test]
async fn what_was_taken_in_is_answered_after_the_handle_is_gone() {
    let log = TestLog::create(1).await;
    let (other, appender) = open(&log.database, 1).await;
    let waiting = {
        let appends = (0..200).map(|stream| {
            let other = other.clone();
            async move { other.append(append(stream, Expected::Version(0), 1)).await }
        });
        join_all(appends)
    };
    drop(other);
    assert!(waiting.await.iter().all(Result::is_ok));
    appender.await.unwrap();
    assert_eq!(log.events().await.len(), 200);
}
