//! Clients for Node that others wrote drive the doubles. They are installed once, beside what cargo builds.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use simulator::{Options, Simulator};

use crate::peers::run;

const FILES: [&str; 7] = [
    "package.json",
    "package-lock.json",
    "check.mjs",
    "line.mjs",
    "messenger.mjs",
    "peers.mjs",
    "whatsapp.mjs",
];

/// A folder with the scripts and the packages of the lock; none where there is no npm, or nothing to install from.
fn installed() -> Option<PathBuf> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/npm");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers-npm");
    fs::create_dir_all(&folder).unwrap();
    for file in FILES {
        fs::copy(from.join(file), folder.join(file)).unwrap();
    }
    let (ready, lock) = (folder.join("ready"), folder.join("package-lock.json"));
    let lock = fs::read_to_string(lock).unwrap();
    if fs::read_to_string(&ready).is_ok_and(|with| with == lock) {
        return Some(folder);
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    install.args(["--fetch-retries=1", "--fetch-timeout=15000"]);
    run(install.current_dir(&folder))?;
    fs::write(&ready, lock).ok()?;
    Some(folder)
}

#[expect(clippy::print_stderr, reason = "a test that did not run should say so")]
#[tokio::test(flavor = "multi_thread")]
async fn clients_for_node_are_served_as_by_the_real_services() {
    let Some(folder) = tokio::task::spawn_blocking(installed).await.unwrap() else {
        eprintln!(
            "skipped: there is no npm, or it could not install tests/clients/npm/package.json"
        );
        return;
    };
    let simulator = Simulator::start(Options::default()).await.unwrap();
    let output = tokio::process::Command::new("node")
        .args(["peers.mjs", &simulator.url()])
        .env("NO_PROXY", "127.0.0.1")
        .current_dir(folder)
        .output()
        .await
        .unwrap();
    let (said, wrong) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{wrong}");
    let held = said.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(held >= 75, "only {held} checks:\n{said}");
}

/// Where packages come from is for npm's own settings to say.
#[test]
fn the_lock_names_no_registry() {
    let lock = include_str!("../clients/npm/package-lock.json");
    assert!(!lock.contains("\"resolved\""));
    assert!(lock.contains("\"integrity\""));
}
