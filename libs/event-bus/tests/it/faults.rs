//! What is lost in JetStream is refilled from the log, whatever is lost and whenever.

use std::{fs, path::Path, process::Command};

use local_stack::{Postgres, PostgresOptions, Storage};
use test_support::binaries;

use crate::{support::Bus, tally::Tally};

const ROUNDS: usize = 20;

/// Appends while `fault` happens, and checks that the read model ends as a fold of the log.
async fn under_load(bus: &Bus) {
    for _ in 0..ROUNDS {
        bus.append(40).await;
        tokio::task::yield_now().await;
    }
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp")
        .arg("-a")
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(copied.success());
}

#[tokio::test]
async fn a_wiped_jetstream_is_refilled_under_load() {
    let mut bus = Bus::start().await;
    let _relay = bus.relay();
    let (_, _consumer) = bus.consume(Tally::default());
    under_load(&bus).await;
    bus.nats.kill();
    fs::remove_dir_all(bus.nats.store_dir()).unwrap();
    under_load(&bus).await;
    bus.nats.start_again().await;
    under_load(&bus).await;
    bus.relayed().await;
    bus.tallied().await;
}

#[tokio::test]
async fn a_jetstream_rolled_back_to_an_older_copy_is_refilled_to_the_same_numbers() {
    let mut bus = Bus::start().await;
    let _relay = bus.relay();
    let (_, _consumer) = bus.consume(Tally::default());
    under_load(&bus).await;
    bus.relayed().await;
    let older = tempfile::tempdir().unwrap();
    let older = older.path().join("jetstream");
    copy(bus.nats.store_dir(), &older);
    under_load(&bus).await;
    bus.nats.kill();
    fs::remove_dir_all(bus.nats.store_dir()).unwrap();
    copy(&older, bus.nats.store_dir());
    under_load(&bus).await;
    bus.nats.start_again().await;
    under_load(&bus).await;
    bus.relayed().await;
    bus.tallied().await;
}

#[tokio::test]
async fn a_consumer_repairs_the_gap_of_messages_that_jetstream_lost() {
    let bus = Bus::start().await;
    let relay = bus.relay();
    bus.append(600).await;
    bus.relayed().await;
    drop(relay);
    // Part of a stream is gone, as after its age limit, and a read model is behind that.
    for partition in 0..crate::support::PARTITIONS {
        let name = event_bus::stream_name("contacts", partition, 1);
        bus.nats
            .jetstream
            .get_stream(name)
            .await
            .unwrap()
            .purge()
            .sequence(200)
            .await
            .unwrap();
    }
    let (_, _consumer) = bus.consume(Tally::default());
    bus.tallied().await;
}

#[tokio::test]
async fn a_relay_that_is_killed_again_and_again_leaves_no_hole_and_no_double() {
    let bus = Bus::start().await;
    let (_, _consumer) = bus.consume(Tally::default());
    for round in 0..15_u64 {
        let relay = bus.relay();
        bus.append(300).await;
        // Long enough to be in the middle of a batch in some rounds.
        tokio::time::sleep(std::time::Duration::from_millis(round * 4)).await;
        drop(relay);
    }
    let _relay = bus.relay();
    bus.relayed().await;
    bus.tallied().await;
}

/// Postgres is killed and started again while commands are appended, relayed and projected. A command
/// that was answered is there afterwards; one that was not is repeated with its request id.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_killed_and_restarted_loses_nothing_that_was_answered() {
    let data = tempfile::tempdir().unwrap();
    let storage = Storage::Durable(data.path().join("postgres"));
    let mut postgres = Postgres::start(binaries(), &PostgresOptions::new(storage)).unwrap();
    let bus = Bus::on(&postgres).await;
    let _relay = bus.relay();
    let (_, _consumer) = bus.consume(Tally::default());
    for _ in 0..5 {
        let (answered, ()) = tokio::join!(bus.append_through(200), async {
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
            tokio::task::block_in_place(|| {
                postgres.kill().unwrap();
                postgres.start_again().unwrap();
            });
        });
        let logged = bus.logged_streams().await;
        assert!(
            answered.iter().all(|stream| logged.contains(stream)),
            "an answered command is gone"
        );
    }
    bus.relayed().await;
    bus.tallied().await;
}
