//! An account by the command line, through all services: rotated and disconnected in mid-broadcast.

use std::{fmt::Write as _, fs};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::StatusCode;
use ring::hmac;
use serde_json::Value;
use simulator::{ChannelSettings, Control, Options, RateLimit, Simulator};
use test_support::eventually;

use crate::installation::Installation;

const PEOPLE: u64 = 10_000;
const CHECK: &str = r#"{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}"#;
const NOT_TO_BE_LOGGED: &str = "0f1e2d3c4b5a";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_rotated_and_disconnected_in_mid_broadcast_and_everyone_gets_it_once() {
    let line = Simulator::start(Options::default()).await.unwrap();
    let control = line.control().unwrap();
    console(&control, "first").await;
    let installation = Installation::start(&line.url()).await;
    let _broadcast = installation.spawn("broadcast");
    let _delivery = installation.spawn("delivery");
    installation.listening("broadcast").await;
    let command = Commands(&installation);

    let connect = ["account", "connect", "--name", "Shop"];
    let account = command.with_credentials(&connect, "first")["account"]["accountId"]
        .as_str()
        .unwrap()
        .to_owned();
    fs::write(installation.path("people.csv"), people()).unwrap();
    command.run(&["contact", "import", "people.csv"]);
    send(&command).await;

    received_more_than(&control, PEOPLE / 5).await;
    command
        .webhook_until(&account, "first", StatusCode::OK)
        .await;
    // The token before is refused from here on.
    console(&control, "second").await;
    command.with_credentials(&["account", "rotate", &account], "second");
    command
        .webhook_until(&account, "second", StatusCode::OK)
        .await;
    command
        .webhook_until(&account, "first", StatusCode::OK)
        .await;

    received_more_than(&control, PEOPLE * 2 / 5).await;
    command.run(&["account", "disconnect", &account]);
    command
        .webhook_until(&account, "second", StatusCode::NOT_FOUND)
        .await;
    console(&control, "third").await;
    let refused = command.refused(&["broadcast", "preview", &drafted(&command)]);
    assert!(refused.contains("reconnect it first"), "{refused}");
    assert!(control.totals("shop").await.unwrap().people_received < PEOPLE);

    command.with_credentials(&["account", "reconnect", &account], "third");
    command
        .webhook_until(&account, "third", StatusCode::OK)
        .await;
    command
        .webhook_until(&account, "second", StatusCode::UNAUTHORIZED)
        .await;
    // The last ones wait long, since LINE has refused them often for its rate.
    for people in [PEOPLE * 3 / 5, PEOPLE * 4 / 5, PEOPLE - 501, PEOPLE - 1] {
        received_more_than(&control, people).await;
    }
    let received = control.deliveries("shop").await.unwrap();
    assert_eq!(received.len() as u64, PEOPLE);
    assert!(received.values().all(|times| *times == 1));
    let shown = command.run(&["account", "show", &account]);
    assert_eq!(shown["account"]["state"], "ACCOUNT_STATE_CONNECTED");
    let log = installation.log();
    assert!(log.contains(&account), "the log is looked at");
    assert!(!log.contains(NOT_TO_BE_LOGGED));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_of_each_channel_is_connected_by_command() {
    let line = Simulator::start(Options::default()).await.unwrap();
    let installation = Installation::start(&line.url()).await;
    installation.listening("contacts").await;
    let command = Commands(&installation);
    let meta = [
        "--access-token",
        "a",
        "--app-secret",
        "b",
        "--verify-token",
        "c",
    ];
    for (channel, id, credentials) in [
        ("messenger", "1093", meta.as_slice()),
        ("whatsapp", "1060", meta.as_slice()),
        (
            "email",
            "shop@example.com",
            &[
                "--smtp-host",
                "smtp.example.com",
                "--smtp-username",
                "u",
                "--smtp-password",
                "p",
            ],
        ),
        (
            "line",
            "",
            &["--access-token", "a", "--channel-secret", "b"],
        ),
    ] {
        let connect = [
            "account",
            "connect",
            "--name",
            "Shop",
            "--channel",
            channel,
            "--channel-account-id",
            id,
        ];
        command.run(&[&connect, credentials].concat());
        let again = command.refused(&connect);
        assert!(
            again.contains(&format!("credentials.{channel}.")),
            "{again}"
        );
    }
    let listed = command.run(&["account", "list"]);
    assert_eq!(listed["accounts"].as_array().unwrap().len(), 4);
}

struct Commands<'a>(&'a Installation);

impl Commands<'_> {
    fn run(&self, arguments: &[&str]) -> Value {
        let output = self.0.fanfare(&[&["--json"], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// What it says is wrong.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.0.fanfare(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// With a token and a secret of this name, from files.
    fn with_credentials(&self, arguments: &[&str], name: &str) -> Value {
        fs::write(self.0.path("token"), token(name)).unwrap();
        fs::write(self.0.path("secret"), secret(name)).unwrap();
        let credentials = ["--access-token", "@token", "--channel-secret", "@secret"];
        self.run(&[arguments, &credentials].concat())
    }

    /// Posts LINE's check, signed with this secret, until it is answered so.
    async fn webhook_until(&self, account: &str, secret_name: &str, status: StatusCode) {
        let url = format!("{}/v1/webhooks/line/{account}", self.0.endpoint("ingress"));
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret(secret_name).as_bytes());
        let signature = BASE64_STANDARD.encode(hmac::sign(&key, CHECK.as_bytes()));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        eventually("a webhook is answered as it should be", async || {
            let post = client.post(&url).header("x-line-signature", &signature);
            let answer = post.body(CHECK).send().await.ok()?;
            (answer.status() == status).then_some(())
        })
        .await;
    }
}

fn token(name: &str) -> String {
    format!("{name}-token-{NOT_TO_BE_LOGGED}")
}

fn secret(name: &str) -> String {
    format!("{name}-secret-{NOT_TO_BE_LOGGED}")
}

/// What LINE takes from now on; no other token.
async fn console(control: &Control, name: &str) {
    let settings = ChannelSettings {
        access_token: token(name),
        channel_secret: secret(name),
        multicast_rate: RateLimit {
            per_second: 4.0,
            capacity: 1.0,
        },
        ..ChannelSettings::default()
    };
    control.set_channel("shop", &settings).await.unwrap();
}

fn people() -> String {
    (0..PEOPLE).fold("external_id\n".to_owned(), |mut file, person| {
        writeln!(file, "U{person:032x}").unwrap();
        file
    })
}

fn drafted(command: &Commands<'_>) -> String {
    let create = ["broadcast", "create", "--name", "Spring", "--text", "Hello"];
    let created = command.run(&[create.as_slice(), &["--account", &only(command)]].concat());
    let id = created["broadcast"]["broadcastId"].as_str().unwrap();
    id.to_owned()
}

/// The one account, connected or not.
fn only(command: &Commands<'_>) -> String {
    let listed = command.run(&["account", "list"]);
    let id = listed["accounts"][0]["accountId"].as_str().unwrap();
    id.to_owned()
}

/// A broadcast to everyone is on its way.
async fn send(command: &Commands<'_>) {
    let id = drafted(command);
    let everyone = PEOPLE.to_string();
    let hash = eventually("the audience is known", async || {
        let preview = command.run(&["broadcast", "preview", &id]);
        let everyone = preview["included"] == everyone.as_str();
        everyone.then(|| preview["previewHash"].as_str().unwrap().to_owned())
    })
    .await;
    command.run(&["broadcast", "confirm", &id, "--hash", &hash]);
}

async fn received_more_than(control: &Control, people: u64) {
    eventually("people receive it", async || {
        let received = control.totals("shop").await.ok()?.people_received;
        (received > people).then_some(())
    })
    .await;
}
