//! Credentials go in, and do not come out: not in an answer, not in the database, not in the log's text.

use std::{
    io,
    sync::{Arc, Mutex},
};

use proto::{
    common::v1::Channel,
    contacts::v1::{
        ConnectAccountRequest, RotateCredentialsRequest, credentials::Channel as Given,
    },
};
use tracing::{Dispatch, level_filters::LevelFilter, subscriber::NoSubscriber};
use tracing_subscriber::fmt::format::FmtSpan;
use uuid::Uuid;

use crate::{
    account_requests::{account_of, secrets},
    app::{App, Team},
};

const ACCOUNTS: [(Channel, &str); 4] = [
    (Channel::Line, ""),
    (Channel::Messenger, "1093"),
    (Channel::Whatsapp, "1060"),
    (Channel::Email, "shop@example.com"),
];

#[tokio::test]
async fn credentials_are_nowhere_in_the_clear() {
    let printed = Printed::default();
    let writer = printed.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    // With only one, what other tests' threads come to first would be off for this one as well.
    let _second = Dispatch::new(NoSubscriber::new());
    // The whole service runs on this thread.
    let _guard = tracing::subscriber::set_default(subscriber);

    let app = App::start().await;
    let mut team = app.team();
    let canary = Uuid::new_v4().simple().to_string();
    let mut answers = String::new();
    for (channel, id) in ACCOUNTS {
        answers += &use_account(&mut team, channel, id, &canary).await;
    }
    assert!(
        answers.contains("shop@example.com"),
        "answers are looked at"
    );
    assert!(!answers.contains(&canary));
    assert!(
        app.database_contains("shop@example.com").await,
        "the database is looked at"
    );
    assert!(!app.database_contains(&canary).await);
    let printed = printed.text();
    assert!(
        printed.contains("rotate_credentials"),
        "the log is looked at"
    );
    assert!(!printed.contains(&canary));
}

#[test]
fn a_request_that_is_printed_shows_that_there_are_credentials_and_no_more() {
    for (channel, id) in ACCOUNTS {
        let request = ConnectAccountRequest {
            credentials: Some(secrets(channel, "canary")),
            ..account_of(channel, id)
        };
        let rotate = RotateCredentialsRequest {
            credentials: request.credentials.clone(),
            ..RotateCredentialsRequest::default()
        };
        for shown in [format!("{request:?}"), format!("{rotate:#?}")] {
            assert!(shown.contains("Credentials(redacted)"), "{shown}");
            assert!(!shown.contains("canary"), "{shown}");
        }
    }
}

/// Everything that can be done with an account, right and wrong; and what was answered.
async fn use_account(team: &mut Team, channel: Channel, id: &str, canary: &str) -> String {
    let with_canary = || secrets(channel, canary);
    let request = ConnectAccountRequest {
        credentials: Some(with_canary()),
        ..account_of(channel, id)
    };
    let wrong = ConnectAccountRequest {
        credentials: Some(broken(channel, canary)),
        ..account_of(channel, id)
    };
    let of_another_channel = ConnectAccountRequest {
        credentials: Some(with_canary()),
        ..account_of(other(channel), "1")
    };
    let connected = team.connect(request.clone()).await.unwrap();
    let account = connected.account.clone().unwrap().account_id;
    let mut answers = vec![
        format!("{connected:?}"),
        format!("{:?}", team.connect(request).await.unwrap()),
        format!("{:?}", team.connect(wrong).await.unwrap_err()),
        format!("{:?}", team.connect(of_another_channel).await.unwrap_err()),
        format!("{:?}", team.rotate(&account, with_canary()).await.unwrap()),
        format!(
            "{:?}",
            team.reconnect(&account, with_canary()).await.unwrap_err()
        ),
        format!("{:?}", team.disconnect(&account).await.unwrap()),
        format!(
            "{:?}",
            team.rotate(&account, with_canary()).await.unwrap_err()
        ),
    ];
    let reconnected = team.reconnect(&account, with_canary()).await.unwrap();
    let token = &reconnected.consistency_token;
    answers.push(format!("{:?}", team.accounts(token).await));
    answers.push(format!(
        "{:?}",
        team.account(&account, token).await.unwrap()
    ));
    answers.push(format!("{reconnected:?}"));
    answers.concat()
}

/// With a line break in a secret.
fn broken(channel: Channel, canary: &str) -> proto::contacts::v1::Credentials {
    let mut credentials = secrets(channel, canary);
    let secret = match credentials.channel.as_mut().unwrap() {
        Given::Line(line) => &mut line.channel_secret,
        Given::Messenger(meta) | Given::Whatsapp(meta) => &mut meta.app_secret,
        Given::Email(mail) => &mut mail.password,
    };
    secret.insert(3, '\n');
    credentials
}

fn other(channel: Channel) -> Channel {
    match channel {
        Channel::Messenger => Channel::Whatsapp,
        Channel::Unspecified | Channel::Line | Channel::Whatsapp | Channel::Email => {
            Channel::Messenger
        }
    }
}

/// What was logged.
#[derive(Debug, Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
