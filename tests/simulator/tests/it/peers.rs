//! Clients that others wrote drive the doubles. They are installed once, beside what cargo builds.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use simulator::{ChannelSettings, PhonePlan, PhoneSettings};

use crate::graph::{Meta, PAGE, PHONE, listen, page, phone};

const PYTHON: [&str; 4] = [
    "pywa==4.5.0",
    "fbmessenger==6.0.0",
    "six",
    "line-bot-sdk==3.27.0",
];

pub(crate) fn run(command: &mut Command) -> Option<Output> {
    command
        .output()
        .ok()
        .filter(|output| output.status.success())
}

/// A virtual environment with the packages; none where there is no Python, or nothing to install from.
fn python() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers-python");
    let (ready, python) = (folder.join("ready"), folder.join("bin/python"));
    if fs::read_to_string(&ready).is_ok_and(|with| with == PYTHON.join(" ")) {
        return Some(python);
    }
    run(Command::new("python3")
        .arg("-m")
        .arg("venv")
        .arg("--clear")
        .arg(&folder))?;
    let mut install = Command::new(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--retries=1",
        "--timeout=15",
    ]);
    run(install.args(PYTHON))?;
    fs::write(&ready, PYTHON.join(" ")).ok()?;
    Some(python)
}

#[expect(clippy::print_stderr, reason = "a test that did not run should say so")]
#[tokio::test(flavor = "multi_thread")]
async fn clients_in_python_are_served_as_by_the_real_services() {
    let Some(python) = tokio::task::spawn_blocking(python).await.unwrap() else {
        eprintln!("skipped: python3 with venv and pip could not install {PYTHON:?}");
        return;
    };
    let meta = Meta::start().await;
    let (url, _heard, _server) = listen().await;
    let settings = PhoneSettings {
        webhook_url: Some(url.clone()),
        ..phone()
    };
    meta.control.set_phone(PHONE, &settings).await.unwrap();
    let settings = simulator::PageSettings {
        webhook_url: Some(url),
        ..page()
    };
    meta.control.set_page(PAGE, &settings).await.unwrap();
    let settings = ChannelSettings {
        access_token: "LINE_TOKEN".to_owned(),
        ..ChannelSettings::default()
    };
    meta.control.set_channel("shop", &settings).await.unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/peers.py");
    let output = tokio::process::Command::new(python)
        .args([script, &meta.simulator.url()])
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .await
        .unwrap();
    let (said, wrong) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{wrong}");
    assert!(
        said.lines().filter(|line| line.starts_with("ok ")).count() >= 20,
        "{said}"
    );
    let left = meta
        .control
        .phone_webhooks(PHONE, &PhonePlan::default())
        .await
        .unwrap();
    assert!(left.is_empty(), "what the clients sent was told already");
}
