//! A mail server that others wrote takes our mail, and a parser that others wrote reads it. It is installed once,
//! beside what cargo builds.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use channels::email::{EmailClient, EmailSettings};
use serde::Deserialize;

use crate::{
    email_app::{content, mail, settings_for},
    python::environment,
};

const PYTHON: &str = "aiosmtpd==1.4.6";

/// The server as a process, and the lines that it prints.
struct Peer {
    child: Child,
    said: BufReader<std::process::ChildStdout>,
}

impl Peer {
    fn start(python: &Path) -> (Self, u16) {
        let mut child = Command::new(python)
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/clients/smtp_server.py"
            ))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let mut peer = Self { child, said };
        let port = peer.line().trim().parse().unwrap();
        (peer, port)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

/// A mail as Python's `email` reads it.
#[derive(Debug, Deserialize)]
struct Read {
    mail_from: String,
    to: Vec<String>,
    headers: HashMap<String, String>,
    text: String,
    html: String,
    types: Vec<String>,
    defects: Vec<String>,
}

#[expect(clippy::print_stderr, reason = "a test that did not run should say so")]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_in_python_takes_our_mail_and_reads_what_we_wrote() {
    let python = tokio::task::spawn_blocking(|| environment("peers-smtp", &[PYTHON]));
    let Some(python) = python.await.unwrap() else {
        eprintln!("skipped: python3 with venv and pip could not install {PYTHON}");
        return;
    };
    let (mut peer, port) = Peer::start(&python);
    let email = EmailClient::try_new(settings_for(port)).unwrap();
    for number in 0..3 {
        let to = format!("p{number}@example.org");
        let sent = email.send(&mail(&to, &format!("c{number}"))).await;
        assert_eq!(sent.class(), "accepted", "{sent:?}");
        let refused = email.send(&mail("none@example.org", "c9")).await;
        assert_eq!(refused.class(), "skip_person", "{refused:?}");
        let read: Read = serde_json::from_str(&peer.line()).unwrap();
        check(&read, number, to);
    }
    let wrong = EmailSettings {
        password: "another".into(),
        ..settings_for(port)
    };
    let email = EmailClient::try_new(wrong).unwrap();
    assert_eq!(email.check().await.unwrap_err().class(), "stop");
}

fn check(read: &Read, number: u32, to: String) {
    assert_eq!(read.defects, Vec::<String>::new());
    assert_eq!(
        read.mail_from,
        format!("bounces+c{number}@mail.example.com")
    );
    assert_eq!(
        read.types,
        ["multipart/alternative", "text/plain", "text/html"]
    );
    let written = content();
    // Whether a mail ends with a line's end is nobody's business.
    assert_eq!(read.text.replace("\r\n", "\n").trim_end(), written.text);
    assert_eq!(read.html.replace("\r\n", "\n").trim_end(), written.html);
    for (name, value) in [
        ("Subject", written.subject),
        ("From", "春天小店 <shop@mail.example.com>".to_owned()),
        ("To", to.clone()),
        ("Reply-To", "help@example.com".to_owned()),
        ("Message-ID", format!("<c{number}@mail.example.com>")),
        ("Date", "Fri, 15 Jan 2027 08:00:00 +0000".to_owned()),
        (
            "List-Unsubscribe",
            format!(
                "<https://go.example.com/u/c{number}>, <mailto:unsubscribe@mail.example.com?subject=unsubscribe>"
            ),
        ),
        (
            "List-Unsubscribe-Post",
            "List-Unsubscribe=One-Click".to_owned(),
        ),
        ("Feedback-ID", "b7:shop:broadcast:fanfare".to_owned()),
    ] {
        assert_eq!(read.headers.get(name), Some(&value), "{name}");
    }
    assert_eq!(read.to, [to]);
}
