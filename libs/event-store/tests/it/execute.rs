use event_store::{CommandContext, ExecuteError, Expected};
use futures_util::future::join_all;
use uuid::Uuid;

use crate::{
    counter::{Command, Counter},
    support::{TEAM, TestLog, append},
};

const ID: Uuid = Uuid::from_u128(1);

fn context(request: Option<u128>) -> CommandContext {
    CommandContext {
        team_id: TEAM,
        request_id: request.map(Uuid::from_u128),
        metadata: Vec::new(),
    }
}

#[tokio::test]
async fn commands_that_race_are_decided_anew() {
    let log = TestLog::create(4).await;
    let context = context(None);
    let count = || log.execute::<Counter>(&context, ID, Command::Count { limit: 3 });
    let outcomes = join_all((0..4).map(|_| count())).await;
    let refused = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(ExecuteError::Refused("over the limit"))))
        .count();
    assert_eq!(refused, 1, "{outcomes:?}");
    assert_eq!(log.load::<Counter>(ID).await.unwrap().state, Counter(3));
}

#[tokio::test]
async fn a_command_that_has_taken_effect_appends_nothing() {
    let log = TestLog::create(4).await;
    for _ in 0..2 {
        log.execute::<Counter>(&context(None), ID, Command::Ensure)
            .await
            .unwrap();
    }
    assert_eq!(log.load::<Counter>(ID).await.unwrap().version, 1);
}

#[tokio::test]
async fn a_repeated_request_is_answered_though_it_would_be_refused_now() {
    let log = TestLog::create(4).await;
    let command = Command::Count { limit: 1 };
    let first = log
        .execute::<Counter>(&context(Some(5)), ID, command)
        .await
        .unwrap();
    let again = log
        .execute::<Counter>(&context(Some(5)), ID, command)
        .await
        .unwrap();
    assert_eq!((first.version, first.at), (again.version, again.at));
}

#[tokio::test]
async fn a_snapshot_is_a_cache_and_not_a_copy() {
    let log = TestLog::create(4).await;
    let mut history = append(1, Expected::Version(0), 250);
    history.stream.id = ID;
    for event in &mut history.events {
        event.event_type = "test.v1.Counted".into();
    }
    log.append(history).await.unwrap();

    assert_eq!(
        log.load_cached::<Counter>(ID).await.unwrap().state,
        Counter(250)
    );
    let cached: i64 = sqlx::query_scalar("SELECT version FROM log_snapshots")
        .fetch_one(log.pool())
        .await
        .unwrap();
    assert_eq!(cached, 250);

    sqlx::query("UPDATE log_snapshots SET payload = 'broken'")
        .execute(log.pool())
        .await
        .unwrap();
    assert_eq!(
        log.load_cached::<Counter>(ID).await.unwrap().state,
        Counter(250)
    );
    sqlx::query("DELETE FROM log_snapshots")
        .execute(log.pool())
        .await
        .unwrap();
    log.execute::<Counter>(&context(None), ID, Command::Count { limit: 1000 })
        .await
        .unwrap();
    assert_eq!(
        log.load_cached::<Counter>(ID).await.unwrap().state,
        Counter(251)
    );
}
