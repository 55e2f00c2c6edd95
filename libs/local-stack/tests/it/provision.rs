//! Binaries, and who may use them.

use std::{cell::Cell, thread};

use local_stack::{Binaries, Postgres, PostgresOptions, Storage};
use tempfile::TempDir;

use crate::support::another_root;

#[test]
fn two_at_once_fetch_the_servers_once() {
    let root = TempDir::new().unwrap();
    let fetch = || {
        let messages = Cell::new(0);
        Binaries::provision(root.path(), |_| messages.set(messages.get() + 1)).unwrap();
        messages.get()
    };

    let messages: i32 = thread::scope(|scope| {
        let others = [scope.spawn(fetch), scope.spawn(fetch)];
        others.map(|other| other.join().unwrap()).iter().sum()
    });

    assert_eq!(messages, 1);
    assert_eq!(fetch(), 0);
}

#[test]
fn postgres_runs_in_a_folder_that_only_its_owner_may_enter() {
    let root = another_root(0o700);
    let binaries = Binaries::provision(root.path(), |_| {}).unwrap();
    let storage = Storage::Durable(root.path().join("postgres"));

    match Postgres::start(&binaries, &PostgresOptions::new(storage)) {
        Ok(postgres) => assert!(postgres.pid().is_some()),
        // For root where user namespaces are forbidden.
        Err(error) => assert!(
            format!("{error:#}").contains("everyone may enter"),
            "{error:#}"
        ),
    }
}
