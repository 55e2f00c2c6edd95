//! Servers that are killed and started again.

use std::{fs, process::Command};

use async_nats::jetstream::{self, stream};
use local_stack::{Nats, NatsOptions, Postgres, PostgresOptions, Storage};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::support::binaries;

#[tokio::test]
async fn a_killed_postgres_has_what_was_committed() {
    let folder = TempDir::new().unwrap();
    let options = PostgresOptions::new(Storage::Durable(folder.path().join("postgres")));
    let mut postgres = Postgres::start(&binaries(), &options).unwrap();
    let url = postgres.admin_url();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("CREATE TABLE kept (); INSERT INTO kept DEFAULT VALUES")
        .execute(&mut connection)
        .await
        .unwrap();

    postgres.kill().unwrap();
    assert_eq!(postgres.pid(), None);
    PgConnection::connect(&url).await.unwrap_err();
    postgres.start_again().unwrap();

    let mut connection = PgConnection::connect(&url).await.unwrap();
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM kept")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn a_killed_nats_has_what_was_acknowledged_unless_its_store_is_wiped() {
    let mut nats = Nats::start(&binaries(), &NatsOptions::new(Storage::ThrowAway)).unwrap();
    let config = stream::Config {
        name: "kept".to_owned(),
        ..stream::Config::default()
    };
    jetstream(&nats).await.create_stream(config).await.unwrap();
    jetstream(&nats)
        .await
        .publish("kept", "1".into())
        .await
        .unwrap()
        .await
        .unwrap();

    nats.kill().unwrap();
    nats.start_again().unwrap();
    let stream = jetstream(&nats).await.get_stream("kept").await.unwrap();
    assert_eq!(stream.cached_info().state.messages, 1);

    nats.kill().unwrap();
    fs::remove_dir_all(nats.store_dir()).unwrap();
    nats.start_again().unwrap();
    jetstream(&nats).await.get_stream("kept").await.unwrap_err();
}

#[test]
fn a_server_that_died_by_itself_can_be_started_again() {
    let mut nats = Nats::start(&binaries(), &NatsOptions::new(Storage::ThrowAway)).unwrap();
    let pid = nats.pid().unwrap();
    let killed = Command::new("kill")
        .args(["-s", "KILL", &pid.to_string()])
        .status()
        .unwrap();
    assert!(killed.success());

    nats.start_again().unwrap();

    assert_ne!(nats.pid().unwrap(), pid);
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let mut options = PostgresOptions::new(Storage::ThrowAway);
    options.settings.push("shared_buffers=plenty".to_owned());

    let error = Postgres::start(&binaries(), &options).unwrap_err();

    assert!(format!("{error:#}").contains("shared_buffers"), "{error:#}");
}

async fn jetstream(nats: &Nats) -> jetstream::Context {
    jetstream::new(async_nats::connect(nats.url()).await.unwrap())
}
