use event_store::{Expected, LogPosition, read_log};
use futures_util::future::join_all;

use crate::support::{TestLog, append};

/// A sequence is drawn before commit, so a reader by "position > last" passes slow writers. Here
/// a writer holds its transaction open while others append; nothing may be skipped.
#[tokio::test]
async fn a_reader_never_passes_a_slow_writer() {
    let log = TestLog::create(1).await;
    let mut slow = log.pool().begin().await.unwrap();
    sqlx::query("SELECT position FROM log_heads WHERE partition = 0 FOR UPDATE")
        .execute(&mut *slow)
        .await
        .unwrap();
    let fast = log.append(append(1, Expected::Version(0), 1));
    let reading = async {
        let start = LogPosition {
            partition: 0,
            position: 0,
        };
        let seen = read_log(log.pool(), start, 10).await.unwrap();
        assert!(
            seen.is_empty(),
            "nothing is visible before the slow writer ends"
        );
        slow.rollback().await.unwrap();
    };
    let (appended, ()) = tokio::join!(fast, reading);
    assert_eq!(appended.unwrap().at.position, 1);
}

#[tokio::test]
async fn a_reader_that_follows_sees_every_event_once_in_order() {
    let log = TestLog::create(1).await;
    let writing = async {
        for round in 0..20 {
            join_all((0..25).map(|stream| log.append(append(stream, Expected::Version(round), 1))))
                .await;
        }
    };
    let reading = async {
        let mut at = LogPosition {
            partition: 0,
            position: 0,
        };
        while at.position < 500 {
            for event in read_log(log.pool(), at, 7).await.unwrap() {
                assert_eq!(event.at.position, at.position + 1);
                at = event.at;
            }
        }
    };
    tokio::join!(writing, reading);
    log.check().await;
}

#[tokio::test]
async fn a_page_is_bounded_in_bytes() {
    let log = TestLog::create(1).await;
    for stream in 0..6 {
        let mut command = append(stream, Expected::Version(0), 1);
        command.events[0].payload = vec![7; 2 * 1024 * 1024];
        log.append(command).await.unwrap();
    }
    let start = LogPosition {
        partition: 0,
        position: 0,
    };
    let page = read_log(log.pool(), start, 1000).await.unwrap();
    assert_eq!(page.len(), 2);
}
