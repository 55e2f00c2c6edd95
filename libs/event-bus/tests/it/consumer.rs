use event_bus::ConsistencyToken;

use crate::{support::Bus, tally::Tally};

#[tokio::test]
async fn a_new_read_model_catches_up_and_goes_live_without_a_hole() {
    let bus = Bus::start().await;
    bus.append(1_500).await;
    let _relay = bus.relay();
    let (_progress, _consumer) = bus.consume(Tally::default());
    for _ in 0..20 {
        bus.append(50).await;
    }
    bus.tallied().await;
}

#[tokio::test]
async fn a_query_waits_until_the_read_model_has_the_command() {
    let bus = Bus::start().await;
    let _relay = bus.relay();
    let (progress, _consumer) = bus.consume(Tally::default());
    for _ in 0..10 {
        let at = bus.append_one("test.v1.Happened").await;
        let token = ConsistencyToken::of("contacts", at);
        progress.wait_for(&token).await.unwrap();
        let found: i64 = sqlx::query_scalar("SELECT count(*) FROM tally")
            .fetch_one(&bus.read_models)
            .await
            .unwrap();
        let appended: i64 = bus.heads().await.iter().sum();
        assert_eq!(found, appended);
    }
}

#[tokio::test]
async fn a_query_does_not_wait_for_ever() {
    let bus = Bus::start().await;
    let (progress, consumer) = bus.consume(Tally::default());
    drop(consumer);
    let at = bus.append_one("test.v1.Happened").await;
    assert!(
        progress
            .wait_for(&ConsistencyToken::of("contacts", at))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn two_processes_that_follow_the_same_log_apply_each_event_once() {
    let bus = Bus::start().await;
    let _relay = bus.relay();
    let (_, _first) = bus.consume(Tally::default());
    let (_, _second) = bus.consume(Tally::default());
    for _ in 0..30 {
        bus.append(40).await;
    }
    bus.tallied().await;
}

#[tokio::test]
async fn a_read_model_can_be_dropped_and_rebuilt() {
    let bus = Bus::start().await;
    bus.append(800).await;
    let _relay = bus.relay();
    let (_, consumer) = bus.consume(Tally::default());
    bus.tallied().await;
    drop(consumer);
    for sql in ["TRUNCATE tally", "DELETE FROM checkpoints"] {
        sqlx::query(sql).execute(&bus.read_models).await.unwrap();
    }
    let (_, _consumer) = bus.consume(Tally::default());
    bus.tallied().await;
}

#[tokio::test]
async fn a_passing_failure_is_tried_again() {
    let bus = Bus::start().await;
    bus.append(30).await;
    let _relay = bus.relay();
    let handler = Tally {
        failures: 3.into(),
        ..Tally::default()
    };
    let (_, _consumer) = bus.consume(handler);
    bus.tallied().await;
}

#[tokio::test]
async fn without_any_relay_the_log_itself_is_read() {
    let bus = Bus::start().await;
    bus.append(100).await;
    let (_, _consumer) = bus.consume(Tally::default());
    bus.tallied().await;
}
