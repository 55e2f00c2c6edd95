use std::{collections::HashMap, time::Duration};

use channels::{
    email::{EmailClient, EmailSettings, Security},
    meta::Outcome,
};
use simulator::{MailFault, MailFaultKind, MailPhase, MailSettings, MailboxState};
use tokio::{io::AsyncWriteExt as _, net::TcpListener};

use crate::email_app::{Mail, mail, settings_for};

fn refused(outcome: Outcome) -> (&'static str, Option<i64>) {
    match outcome {
        Outcome::Refused(refusal) => (refusal.name, refusal.code),
        Outcome::Accepted(_) | Outcome::Ambiguous { .. } | Outcome::Unsent { .. } => {
            panic!("{outcome:?}")
        }
    }
}

#[tokio::test]
async fn mails_go_over_one_connection_and_none_twice() {
    let app = Mail::start().await;
    for number in 0..20 {
        let mail = mail(&format!("p{number}@example.org"), &format!("c{number}"));
        let Outcome::Accepted(accepted) = app.email.send(&mail).await else {
            panic!("not accepted");
        };
        assert_eq!(accepted.message_id, Some(format!("{:08X}", number + 1)));
    }
    let totals = app.totals().await;
    assert_eq!((totals.connections, totals.deliveries), (1, 20));
    assert_eq!(totals.max_copies_per_person, 1);
    let got = app
        .control
        .mail_deliveries_to("p7@example.org")
        .await
        .unwrap();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].message_id, "c7@mail.example.com");
    assert_eq!(got[0].mail_from, "bounces+c7@mail.example.com");
}

#[tokio::test]
async fn a_refused_person_spoils_nothing_for_the_next() {
    let app = Mail::start().await;
    let states = HashMap::from([
        ("none@example.org".to_owned(), MailboxState::NoSuchUser),
        ("full@example.org".to_owned(), MailboxState::Full),
        ("gone@example.org".to_owned(), MailboxState::Disabled),
        ("shy@example.org".to_owned(), MailboxState::Greylists),
    ]);
    app.control.set_mailboxes(&states).await.unwrap();
    for (to, name, code) in [
        ("none", "no_such_address", 550),
        ("full", "mailbox_full_now", 452),
        ("gone", "mailbox_disabled", 550),
        ("shy", "greylisted", 451),
    ] {
        let outcome = app
            .email
            .send(&mail(&format!("{to}@example.org"), "a1"))
            .await;
        assert_eq!(refused(outcome), (name, Some(code)));
        let outcome = app.email.send(&mail("ann@example.org", to)).await;
        assert_eq!(outcome.class(), "accepted");
    }
    let again = app.email.send(&mail("shy@example.org", "a1")).await;
    assert_eq!(again.class(), "accepted");
    assert_eq!(app.totals().await.deliveries, 5);
}

#[tokio::test]
async fn a_server_that_waits_for_the_mail_of_nobody_gets_none() {
    // RCPT is refused, and DATA taken all the same: as RFC 2920 says may happen.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let email = EmailClient::try_new(EmailSettings {
        username: String::new(),
        ..settings_for(port)
    })
    .unwrap();
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let said: [&[u8]; 4] = [
            b"220 hi\r\n",
            b"250-hi\r\n250 PIPELINING\r\n",
            b"250-hi\r\n250 PIPELINING\r\n",
            b"250 ok\r\n550 5.1.1 no\r\n354 go on\r\n",
        ];
        for answer in said {
            stream.write_all(answer).await.unwrap();
        }
        let mut heard = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut heard)
            .await
            .unwrap();
        heard
    };
    let mail = mail("ann@example.org", "a1");
    let (outcome, heard) = tokio::join!(
        async {
            let outcome = email.send(&mail).await;
            drop(email);
            outcome
        },
        server
    );
    assert_eq!(refused(outcome), ("no_such_address", Some(550)));
    assert!(heard.ends_with("DATA\r\n"), "{heard}");
}

#[tokio::test]
async fn a_mail_whose_end_nobody_answers_is_ambiguous() {
    let app = Mail::start().await;
    for kind in [MailFaultKind::DropAfterAccept, MailFaultKind::Drop] {
        app.fault(MailFault::new(MailPhase::End, kind).times(1))
            .await;
        let outcome = app.send().await;
        assert_eq!(outcome.class(), "ambiguous");
        assert!(!outcome.may_be_repeated());
    }
    // Not one of the two was sent again by the client itself.
    assert_eq!(app.totals().await.deliveries, 1);
}

#[tokio::test]
async fn a_mail_that_breaks_off_is_not_repeated_either() {
    let app = Mail::start().await;
    let kind = MailFaultKind::DropInMail { bytes: 10 };
    app.fault(MailFault::new(MailPhase::Data, kind).times(1))
        .await;
    assert_eq!(app.send().await.class(), "ambiguous");
    assert_eq!(app.totals().await.deliveries, 0);
}

#[tokio::test]
async fn whoever_waits_no_longer_for_the_end_does_not_know() {
    let app = Mail::start().await;
    let email = EmailClient::try_new(EmailSettings {
        end_timeout: Duration::from_millis(50),
        ..settings_for(app.simulator.smtp_address.port())
    })
    .unwrap();
    let kind = MailFaultKind::Slow { delay_ms: 60_000 };
    app.fault(MailFault::new(MailPhase::End, kind)).await;
    let outcome = email.send(&mail("ann@example.org", "a1")).await;
    assert_eq!(outcome.class(), "ambiguous");
}

#[tokio::test]
async fn what_breaks_before_the_mail_was_not_sent() {
    for phase in [
        MailPhase::Connect,
        MailPhase::Auth,
        MailPhase::Mail,
        MailPhase::Rcpt,
        MailPhase::Data,
    ] {
        for pipelining in [true, false] {
            let app = Mail::with(MailSettings {
                pipelining,
                ..MailSettings::default()
            })
            .await;
            app.fault(MailFault::new(phase, MailFaultKind::Drop).times(1))
                .await;
            let outcome = app.send().await;
            assert_eq!(outcome.class(), "unsent", "{phase:?}");
            assert!(outcome.may_be_repeated());
            assert_eq!(app.send().await.class(), "accepted", "{phase:?}");
            assert_eq!(app.totals().await.deliveries, 1);
        }
    }
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced_at_once() {
    let app = Mail::with(MailSettings {
        mails_per_connection: Some(2),
        ..MailSettings::default()
    })
    .await;
    for _ in 0..5 {
        assert_eq!(app.send().await.class(), "accepted");
    }
    // 421 on a connection that had rested; the third is on a new one.
    let totals = app.totals().await;
    assert_eq!((totals.deliveries, totals.connections), (5, 3));

    let drop_next = MailFault::new(MailPhase::Mail, MailFaultKind::Drop);
    app.fault(drop_next.times(1)).await;
    assert_eq!(app.send().await.class(), "accepted");
    assert_eq!(app.totals().await.deliveries, 6);
}

#[tokio::test]
async fn without_a_server_nothing_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let email = EmailClient::try_new(settings_for(port)).unwrap();
    let outcome = email.send(&mail("ann@example.org", "a1")).await;
    assert_eq!(outcome.class(), "unsent");
    assert_eq!(email.check().await.unwrap_err().class(), "unsent");
}

#[tokio::test]
async fn a_wrong_password_stops_the_sender() {
    let app = Mail::start().await;
    let wrong = EmailSettings {
        password: "another".into(),
        ..settings_for(app.simulator.smtp_address.port())
    };
    let email = EmailClient::try_new(wrong).unwrap();
    assert_eq!(
        refused(email.check().await.unwrap_err()),
        ("auth_refused", Some(535))
    );
    app.email.check().await.unwrap();
}

#[tokio::test]
async fn a_server_without_tls_gets_neither_password_nor_mail() {
    let app = Mail::start().await;
    let email = EmailClient::try_new(EmailSettings {
        security: Security::StartTls,
        ..settings_for(app.simulator.smtp_address.port())
    })
    .unwrap();
    let outcome = email.send(&mail("ann@example.org", "a1")).await;
    assert_eq!(
        outcome,
        Outcome::Unsent {
            detail: "the server offers no STARTTLS at connect".to_owned()
        }
    );
}

#[tokio::test]
async fn a_mail_above_the_servers_size_is_not_offered() {
    let app = Mail::with(MailSettings {
        bytes_max: 500,
        ..MailSettings::default()
    })
    .await;
    assert_eq!(refused(app.send().await), ("too_large", None));
    assert_eq!(app.totals().await.refusals, 0);
}
