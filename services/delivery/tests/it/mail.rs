//! Mail, against a server that misbehaves on request.

use std::collections::{BTreeMap, HashMap};

use broadcast_domain::{
    Correlation, UNSUBSCRIBE_PLACE, Unsubscribe, chunk_id, mail_token, parse_mail_token,
    parse_unsubscribe_token,
};
use channels::email::WrittenMail;
use events::{
    BroadcastLogEvent,
    broadcasts::{FailureClass, PauseReason},
    common::{Channel, MailSecurity},
    contact::{AccountCredentials, SmtpCredentials},
};
use simulator::{
    MailDelivery, MailFault, MailFaultKind, MailPhase, MailSettings, MailTotals, MailboxState,
};
use test_support::eventually;
use uuid::Uuid;

use crate::{
    app::{App, Frozenly, LINKS_SECRET, Sent, contact},
    ledger::{Became, failed},
    one_by_one::process,
};

const ACCOUNT: Uuid = Uuid::from_u128(0xacc5);
const PASSWORD: &str = "password-of-the-shop";

struct Mail {
    app: App,
}

impl Mail {
    async fn start() -> Self {
        let mail = Self {
            app: App::start().await,
        };
        mail.set(MailSettings::default()).await;
        mail.connect(PASSWORD).await;
        mail
    }

    async fn set(&self, settings: MailSettings) {
        let settings = MailSettings {
            username: Some("shop".to_owned()),
            password: PASSWORD.to_owned(),
            ..settings
        };
        self.app.control.set_mail(&settings).await.unwrap();
    }

    async fn connect(&self, password: &str) {
        let credentials = AccountCredentials {
            smtp: Some(SmtpCredentials {
                host: self.app.smtp.ip().to_string(),
                port: self.app.smtp.port().into(),
                username: "shop".to_owned(),
                password: password.to_owned(),
                security: MailSecurity::None.into(),
                return_path: "bounces@shop.example".to_owned(),
            }),
            ..AccountCredentials::default()
        };
        let from = "news@shop.example";
        self.app
            .connect_with(Channel::Email, ACCOUNT, from, &credentials)
            .await;
    }

    async fn broadcast(&self, chunks: impl IntoIterator<Item = u64>) -> Uuid {
        self.app
            .freeze(Frozenly {
                account_id: ACCOUNT,
                chunks: chunks.into_iter().collect(),
                sent: Sent {
                    channel: Channel::Email,
                    content: Some(written()),
                    address,
                },
                ..Frozenly::default()
            })
            .await
    }

    async fn fault(&self, faults: impl IntoIterator<Item = MailFault>) {
        let faults = faults.into_iter().collect();
        self.app.control.set_mail_faults(1, faults).await.unwrap();
    }

    async fn mailboxes(&self, states: impl IntoIterator<Item = (u64, MailboxState)>) {
        let states: HashMap<String, MailboxState> = states
            .into_iter()
            .map(|(number, state)| (address(number), state))
            .collect();
        self.app.control.set_mailboxes(&states).await.unwrap();
    }

    async fn received(&self) -> Vec<MailDelivery> {
        self.app.control.mail_deliveries().await.unwrap()
    }

    async fn totals(&self) -> MailTotals {
        self.app.control.mail_totals().await.unwrap()
    }

    /// As [`App::settled`], with waits of minutes over at once.
    async fn settled(&self) -> BTreeMap<u64, Became> {
        eventually("nobody is left", async || {
            sqlx::query("UPDATE dispatch_chunks SET next_attempt_at = NULL WHERE state = 'ready'")
                .execute(&self.app.pool)
                .await
                .unwrap();
            let query = "SELECT count(*) FROM dispatch_chunks WHERE state <> 'settled'";
            let left: i64 = sqlx::query_scalar(query)
                .fetch_one(&self.app.pool)
                .await
                .unwrap();
            (left == 0).then_some(())
        })
        .await;
        self.app.outcomes().await
    }

    async fn until_paused(&self, reason: PauseReason) {
        eventually("the broadcast is paused", async || {
            let log = self.app.log().await;
            let mut log = log.iter();
            let is_it = |event: &BroadcastLogEvent| matches!(event, BroadcastLogEvent::Paused(paused) if paused.reason() == reason);
            log.any(is_it).then_some(())
        })
        .await;
    }
}

fn address(number: u64) -> String {
    format!("person{number}@example.org")
}

fn written() -> String {
    let written = WrittenMail {
        subject: "春天 is here".to_owned(),
        preheader: Some("Look".to_owned()),
        text: format!("New things. Leave: {UNSUBSCRIBE_PLACE}"),
        html: format!("<p>New</p><a href=\"{UNSUBSCRIBE_PLACE}\">leave</a>"),
        from_name: Some("Shop".to_owned()),
        reply_to: None,
    };
    written.check().unwrap();
    written.to_json()
}

fn count(outcomes: &BTreeMap<u64, Became>, wanted: &Became) -> usize {
    let all = outcomes.values();
    all.filter(|became| *became == wanted).count()
}

fn header<'a>(raw: &'a str, name: &str) -> &'a str {
    let line = raw.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap().trim()
}

#[tokio::test]
async fn everyone_gets_one_mail_that_names_them_and_their_own_way_out() {
    let mail = Mail::start().await;
    let broadcast_id = mail.broadcast([30, 3]).await;
    let _worker = mail.app.deliver().await;
    let outcomes = mail.app.settled().await;
    assert_eq!(count(&outcomes, &Became::Accepted), 33);
    let totals = mail.totals().await;
    assert_eq!((totals.deliveries, totals.people_received), (33, 33));
    assert!(totals.connections < 33, "connections are used again");

    let secret = LINKS_SECRET.as_bytes();
    let mut places = Vec::new();
    for delivery in mail.received().await {
        let path = delivery.mail_from.strip_prefix("bounces+").unwrap();
        let token = path.strip_suffix("@shop.example").unwrap();
        let correlation = parse_mail_token(secret, token).unwrap();
        let first = if correlation.chunk_id == chunk_id(broadcast_id, 0) {
            0
        } else {
            30
        };
        let number = first + u64::from(correlation.place);
        assert_eq!(delivery.to, address(number));
        assert_eq!(delivery.message_id, format!("{token}@shop.example"));
        let raw = delivery.raw.replace("\r\n ", " ").replace("=\r\n", "");
        let list = header(&raw, "List-Unsubscribe:");
        let url = list.trim_matches(['<', '>']);
        let token = url.strip_prefix("https://links.example/u/").unwrap();
        let expected = Unsubscribe {
            account_id: ACCOUNT,
            contact_id: contact(number),
            broadcast_id,
        };
        assert_eq!(parse_unsubscribe_token(secret, token), Some(expected));
        let post = header(&raw, "List-Unsubscribe-Post:");
        assert_eq!(post, "List-Unsubscribe=One-Click");
        let feedback = header(&raw, "Feedback-ID:");
        assert!(feedback.starts_with(&broadcast_id.simple().to_string()));
        let body = raw.split_once("\r\n\r\n").unwrap().1;
        assert_eq!(body.matches(url).count(), 2, "in HTML and in text");
        places.push(number);
    }
    places.sort_unstable();
    assert_eq!(places, (0..33).collect::<Vec<_>>());
}

#[tokio::test]
async fn whoever_has_no_mailbox_fails_alone() {
    let mail = Mail::start().await;
    mail.mailboxes([(1, MailboxState::NoSuchUser), (3, MailboxState::Disabled)])
        .await;
    mail.broadcast([5]).await;
    let _worker = mail.app.deliver().await;
    let outcomes = mail.app.settled().await;
    let recipient = |code| failed(FailureClass::Recipient, code);
    assert_eq!(outcomes[&1], recipient("550/5.1.1 no_such_address"));
    assert_eq!(outcomes[&3], recipient("550/5.2.1 mailbox_disabled"));
    assert_eq!(count(&outcomes, &Became::Accepted), 3);
}

#[tokio::test]
async fn whoever_is_greylisted_gets_it_later_and_once() {
    let mail = Mail::start().await;
    mail.mailboxes([
        (0, MailboxState::Greylists),
        (4, MailboxState::Greylists),
        (5, MailboxState::Full),
    ])
    .await;
    mail.broadcast([12]).await;
    let _worker = mail.app.deliver().await;
    let outcomes = mail.settled().await;
    assert_eq!(count(&outcomes, &Became::Accepted), 11);
    let full = failed(FailureClass::Recipient, "put_off_too_often");
    assert_eq!(outcomes[&5], full);
    let totals = mail.totals().await;
    assert_eq!((totals.deliveries, totals.max_copies_per_person), (11, 1));
}

/// After the mail nobody can tell: it may be there, and it is not sent again.
#[tokio::test]
async fn a_connection_that_breaks_after_the_mail_is_a_doubt_and_nothing_is_repeated() {
    let mail = Mail::start().await;
    mail.broadcast([12]).await;
    mail.fault([
        MailFault::new(MailPhase::End, MailFaultKind::DropAfterAccept).times(1),
        MailFault::new(MailPhase::End, MailFaultKind::Drop).times(1),
    ])
    .await;
    let _worker = mail.app.deliver().await;
    let outcomes = mail.settled().await;
    assert_eq!(count(&outcomes, &Became::Unknown), 2);
    assert_eq!(count(&outcomes, &Became::Accepted), 10);
    let totals = mail.totals().await;
    assert_eq!((totals.deliveries, totals.max_copies_per_person), (11, 1));
}

/// Before the mail nothing has been sent, so that it is sent again.
#[tokio::test]
async fn a_connection_that_breaks_before_the_mail_loses_nobody() {
    let mail = Mail::start().await;
    mail.broadcast([12]).await;
    mail.fault([
        MailFault::new(MailPhase::Connect, MailFaultKind::Drop).times(2),
        MailFault::new(MailPhase::Rcpt, MailFaultKind::Drop).times(2),
    ])
    .await;
    let _worker = mail.app.deliver().await;
    let outcomes = mail.settled().await;
    assert_eq!(count(&outcomes, &Became::Accepted), 12);
    assert_eq!(mail.totals().await.max_copies_per_person, 1);
}

#[tokio::test]
async fn a_server_that_is_asked_too_fast_is_waited_for() {
    let mail = Mail::start().await;
    mail.set(MailSettings {
        mails_per_connection: Some(2),
        ..MailSettings::default()
    })
    .await;
    mail.broadcast([20]).await;
    mail.fault([
        MailFault::reply(MailPhase::Mail, 421, "4.7.0 too fast").times(2),
        MailFault::reply(MailPhase::Rcpt, 451, "4.3.0 busy").times(2),
    ])
    .await;
    let _worker = mail.app.deliver().await;
    let outcomes = mail.settled().await;
    assert_eq!(count(&outcomes, &Became::Accepted), 20);
    assert_eq!(mail.totals().await.max_copies_per_person, 1);
}

#[tokio::test]
async fn a_password_that_is_refused_pauses_and_another_goes_on() {
    let mail = Mail::start().await;
    mail.connect("old").await;
    let broadcast = mail.broadcast([3]).await;
    let _worker = mail.app.deliver().await;
    mail.until_paused(PauseReason::Credentials).await;
    assert_eq!(mail.totals().await.deliveries, 0);
    mail.connect(PASSWORD).await;
    mail.app.resume(broadcast).await;
    let outcomes = mail.settled().await;
    assert_eq!(count(&outcomes, &Became::Accepted), 3);
}

#[tokio::test]
async fn a_sender_that_is_refused_pauses_and_content_that_is_refused_stops() {
    let mail = Mail::start().await;
    let broadcast = mail.broadcast([3]).await;
    mail.fault([MailFault::reply(
        MailPhase::End,
        550,
        "5.7.26 unauthenticated",
    )])
    .await;
    let _worker = mail.app.deliver().await;
    mail.until_paused(PauseReason::Restricted).await;
    mail.fault([MailFault::reply(MailPhase::End, 554, "5.6.0 spam")])
        .await;
    mail.app.resume(broadcast).await;
    let outcomes = mail.settled().await;
    assert_eq!(count(&outcomes, &Became::NotSent), 3);
    assert_eq!(mail.totals().await.deliveries, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_are_killed_send_no_mail_twice() {
    let mail = Mail::start().await;
    mail.broadcast([40; 10]).await;
    mail.fault([
        MailFault::new(MailPhase::End, MailFaultKind::DropAfterAccept).with_probability(0.03),
        MailFault::new(MailPhase::End, MailFaultKind::Slow { delay_ms: 100 }).with_probability(0.5),
    ])
    .await;
    let mut config = mail.app.config();
    config.sending.lease_seconds = 1;
    for kills in 1..=3 {
        let process = process(&mail.app, config.clone());
        eventually("some mails are sent", async || {
            (mail.totals().await.deliveries >= kills * 60).then_some(())
        })
        .await;
        process.shutdown_background();
    }
    let _worker = mail.app.deliver_with(config).await;
    let outcomes = mail.settled().await;
    assert_eq!(outcomes.len(), 400, "everyone has an outcome");
    let totals = mail.totals().await;
    assert_eq!(totals.max_copies_per_person, 1, "somebody got two");
    assert_eq!(totals.deliveries, totals.people_received);
    let accepted = count(&outcomes, &Became::Accepted) as u64;
    let unknown = count(&outcomes, &Became::Unknown) as u64;
    assert_eq!(accepted + unknown, 400);
    assert!(unknown > 0, "no window was interrupted");
    assert!(accepted <= totals.deliveries && totals.deliveries <= 400);
}

#[tokio::test]
async fn what_names_a_mail_is_signed() {
    let correlation = Correlation {
        chunk_id: Uuid::from_u128(1),
        place: 2,
    };
    let token = mail_token(LINKS_SECRET.as_bytes(), correlation);
    assert_eq!(parse_mail_token(b"another secret", &token), None);
}
