//! Servers end with the process that started them.

use std::{
    env, fs,
    fs::Permissions,
    io::{self, BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use local_stack::{LocalStack, Nats, NatsOptions, Postgres, PostgresOptions, Storage};
use tempfile::TempDir;

use crate::support::{another_root, binaries, is_running, wait_until};

const ROOT: &str = "LOCAL_STACK_TEST_ROOT";
const READY: &str = "all servers run";

#[test]
fn nothing_is_left_of_a_parent_that_is_killed() {
    let root = another_root(0o755);
    let temporary = TempDir::new().unwrap();
    fs::set_permissions(temporary.path(), Permissions::from_mode(0o1777)).unwrap();
    let mut parent = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "parent::runs_all_servers_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(ROOT, root.path())
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(parent.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    assert!(lines.any(|line| line.contains(READY)));
    let logs =
        ["data/postgres/postgres.log", "data/nats/nats.log"].map(|log| root.path().join(log));
    assert!(logs.iter().all(|log| is_running(log)));
    assert_eq!(entries(temporary.path()), 2);

    parent.kill().unwrap();
    parent.wait().unwrap();

    wait_until("the durable servers are gone", || {
        !logs.iter().any(|log| is_running(log))
    });
    wait_until("the throw-away servers and their data are gone", || {
        entries(temporary.path()) == 0
    });
}

#[test]
#[ignore = "the parent of another test, which kills it"]
fn runs_all_servers_until_it_is_killed() {
    let Some(root) = env::var_os(ROOT) else {
        return;
    };
    let stack = LocalStack::start_beside(Path::new(&root), None, None, |_| {}).unwrap();
    let postgres = Postgres::start(&binaries(), &PostgresOptions::new(Storage::ThrowAway)).unwrap();
    let nats = Nats::start(&binaries(), &NatsOptions::new(Storage::ThrowAway)).unwrap();
    writeln!(io::stdout(), "{READY}").unwrap();
    thread::park();
    drop((stack, postgres, nats));
}

#[test]
fn nothing_is_left_of_a_server_that_is_dropped() {
    let folder = TempDir::new().unwrap();
    let storage = Storage::Durable(folder.path().to_owned());
    let postgres = Postgres::start(&binaries(), &PostgresOptions::new(storage.clone())).unwrap();
    let nats = Nats::start(&binaries(), &NatsOptions::new(storage)).unwrap();
    let logs = ["postgres.log", "nats.log"].map(|log| folder.path().join(log));
    assert!(logs.iter().all(|log| is_running(log)));

    drop(postgres);
    drop(nats);

    assert!(!logs.iter().any(|log| is_running(log)));
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}
