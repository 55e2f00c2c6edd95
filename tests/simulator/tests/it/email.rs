use std::collections::HashMap;

use simulator::{MailFault, MailPhase, MailSettings, MailboxState, Options, Simulator};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

const MAIL: &str = "From: a@example.com\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\nList-Unsubscribe: <https://example.com/u/1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nhi\r\n";

struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    async fn connect(simulator: &Simulator) -> Self {
        let stream = TcpStream::connect(simulator.smtp_address).await.unwrap();
        let mut client = Self {
            stream: BufReader::new(stream),
        };
        assert_eq!(client.reply().await, "220");
        assert_eq!(client.say("EHLO me").await, "250");
        client
    }

    /// The code of a whole reply; empty if the server has hung up.
    async fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).await.unwrap();
            if line.is_empty() || line.as_bytes()[3] == b' ' {
                return line.get(..3).unwrap_or_default().to_owned();
            }
        }
    }

    async fn write(&mut self, text: &str) {
        let bytes = text.as_bytes();
        self.stream.get_mut().write_all(bytes).await.unwrap();
    }

    async fn say(&mut self, line: &str) -> String {
        self.write(&format!("{line}\r\n")).await;
        self.reply().await
    }

    /// The answer to a whole mail.
    async fn send(&mut self, mail: &str) -> String {
        assert_eq!(self.say("MAIL FROM:<b@example.com>").await, "250");
        assert_eq!(self.say("RCPT TO:<ann@example.org>").await, "250");
        assert_eq!(self.say("DATA").await, "354");
        self.write(mail).await;
        self.say(".").await
    }
}

async fn start(settings: MailSettings) -> Simulator {
    let simulator = Simulator::start(Options::default()).await.unwrap();
    let control = simulator.control().unwrap();
    control.set_mail(&settings).await.unwrap();
    simulator
}

#[tokio::test]
async fn what_smuggles_or_breaks_the_form_is_refused() {
    let simulator = start(MailSettings::default()).await;
    let mut client = Client::connect(&simulator).await;
    for (mail, code) in [
        (MAIL.to_owned(), "250"),
        (MAIL.replace("hi\r\n", "hi\n"), "554"),
        (MAIL.replace("hi\r\n", "hi\n.\n"), "554"),
        (MAIL.replace("hi", ".hi"), "554"),
        (MAIL.replace("hi", "..hi"), "250"),
        (MAIL.replace("hi", &"h".repeat(999)), "554"),
        (MAIL.replace("hi", "h\u{e9}"), "554"),
    ] {
        assert_eq!(client.send(&mail).await, code, "{mail}");
    }
    let control = simulator.control().unwrap();
    let got = control.mail_deliveries().await.unwrap();
    assert_eq!(got.len(), 2);
    assert!(got[1].raw.ends_with("\r\n\r\n.hi\r\n"));
}

#[tokio::test]
async fn commands_come_in_order_and_one_at_a_time_where_none_may_be_ahead() {
    let simulator = start(MailSettings::default()).await;
    let mut client = Client::connect(&simulator).await;
    assert_eq!(client.say("RCPT TO:<ann@example.org>").await, "503");
    assert_eq!(client.say("DATA").await, "503");
    assert_eq!(
        client.say("MAIL FROM:<b@example.com> SIZE=99999999").await,
        "552"
    );
    assert_eq!(
        client.say("MAIL FROM:<b@example.com> RET=FULL").await,
        "555"
    );
    assert_eq!(client.say("MAIL FROM:<>").await, "250");
    assert_eq!(client.say("MAIL FROM:<>").await, "503");
    assert_eq!(client.say("RSET").await, "250");
    // A group may be written at once, and a mail not before it is asked for.
    client
        .write("MAIL FROM:<b@example.com>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n")
        .await;
    let answers = [
        client.reply().await,
        client.reply().await,
        client.reply().await,
    ];
    assert_eq!(answers, ["250", "250", "354"]);
    client.write(MAIL).await;
    assert_eq!(client.say(".").await, "250");
    client.write("MAIL FROM:<b@example.com>\r\n").await;
    assert_eq!(client.reply().await, "250");
    client
        .write("RCPT TO:<ann@example.org>\r\nDATA\r\nFrom: early\r\n")
        .await;
    assert_eq!(client.reply().await, "250");
    assert_eq!(client.reply().await, "554");
    assert_eq!(client.reply().await, "", "it hangs up");

    let slow = MailSettings {
        pipelining: false,
        ..MailSettings::default()
    };
    let simulator = start(slow).await;
    let mut client = Client::connect(&simulator).await;
    client
        .write("MAIL FROM:<b@example.com>\r\nRCPT TO:<ann@example.org>\r\n")
        .await;
    assert_eq!(client.reply().await, "554");
}

#[tokio::test]
async fn a_fault_befalls_as_many_as_it_says_and_a_reset_ends_it() {
    let simulator = start(MailSettings::default()).await;
    let control = simulator.control().unwrap();
    let fault = MailFault::reply(MailPhase::Mail, 451, "4.3.0 no")
        .skipping(1)
        .times(1);
    control.set_mail_faults(1, vec![fault]).await.unwrap();
    let mut client = Client::connect(&simulator).await;
    assert_eq!(client.send(MAIL).await, "250");
    assert_eq!(client.say("MAIL FROM:<b@example.com>").await, "451");
    assert_eq!(client.send(MAIL).await, "250");
    let totals = control.mail_totals().await.unwrap();
    assert_eq!((totals.deliveries, totals.max_copies_per_person), (2, 2));

    let states = HashMap::from([("Ann@example.org".to_owned(), MailboxState::Greylists)]);
    control.set_mailboxes(&states).await.unwrap();
    assert_eq!(client.say("MAIL FROM:<b@example.com>").await, "250");
    assert_eq!(client.say("RCPT TO:<ann@example.org>").await, "451");
    assert_eq!(client.say("RCPT TO:<ann@example.org>").await, "250");
    control
        .set_mail_faults(1, vec![MailFault::reply(MailPhase::Rcpt, 421, "bye")])
        .await
        .unwrap();
    control.reset().await.unwrap();
    assert_eq!(client.say("RCPT TO:<bob@example.org>").await, "250");
    assert_eq!(control.mail_totals().await.unwrap().deliveries, 0);
}

#[expect(clippy::print_stderr, reason = "a test that did not run should say so")]
#[tokio::test(flavor = "multi_thread")]
async fn smtplib_is_served_as_by_a_real_server() {
    let simulator = start(MailSettings::default()).await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/smtp.py");
    let port = simulator.smtp_address.port().to_string();
    let output = tokio::process::Command::new("python3")
        .args([script, &simulator.url(), &port])
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .await;
    let Ok(output) = output else {
        eprintln!("skipped: there is no python3");
        return;
    };
    let (said, wrong) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{wrong}");
    assert!(said.lines().count() >= 18, "{said}");
}
