//! Each row of the README's table, driven through the double.

use channels::meta::Outcome;
use simulator::{MailFault, MailPhase, MailSettings};

use crate::email_app::Mail;

const README: &str = include_str!("../../README.md");

struct Row {
    label: String,
    name: String,
    outcome: String,
}

fn rows() -> Vec<Row> {
    let (_, section) = README.split_once("## E-mail: each reply").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut rows = Vec::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let word = |cell: &str| cell.trim_matches('`').to_owned();
        for label in cells[0].split(", ") {
            rows.push(Row {
                label: word(label),
                name: word(cells[2]),
                outcome: word(cells[3]),
            });
        }
    }
    rows
}

fn phase(name: &str) -> MailPhase {
    match name {
        "connect" => MailPhase::Connect,
        "auth" => MailPhase::Auth,
        "mail" => MailPhase::Mail,
        "rcpt" => MailPhase::Rcpt,
        "data" => MailPhase::Data,
        // The one that no rule is only about.
        "any" | "end" => MailPhase::End,
        other => panic!("no phase is {other}"),
    }
}

async fn drive(pipelining: bool) {
    let mail = Mail::with(MailSettings {
        pipelining,
        ..MailSettings::default()
    })
    .await;
    let rows = rows();
    assert!(rows.len() > 50, "{}", rows.len());
    for row in rows {
        let parts: Vec<&str> = row.label.split(' ').collect();
        // 59 ends no code that a rule is about.
        let code: u16 = parts[1].replace("xx", "59").parse().unwrap();
        let enhanced = parts.get(2).copied().unwrap_or("said plainly");
        let at = phase(parts[0]);
        let text = format!("{enhanced} for <ann@example.org>");
        mail.fault(MailFault::reply(at, code, &text)).await;
        // A session that rests has been greeted and let in already.
        let email = match at {
            MailPhase::Connect | MailPhase::Auth => {
                let port = mail.simulator.smtp_address.port();
                channels::email::EmailClient::try_new(crate::email_app::settings_for(port)).unwrap()
            }
            MailPhase::Mail | MailPhase::Rcpt | MailPhase::Data | MailPhase::End => {
                mail.email.clone()
            }
        };
        let outcome = email
            .send(&crate::email_app::mail("ann@example.org", "abc234"))
            .await;
        let Outcome::Refused(refusal) = outcome else {
            panic!("{}: {outcome:?}", row.label);
        };
        let told = (refusal.name.to_owned(), refusal.action.to_string());
        assert_eq!(told, (row.name, row.outcome), "{}", row.label);
        assert_eq!(refusal.code, Some(i64::from(code)), "{}", row.label);
        assert!(!refusal.detail.contains("ann"), "{}", refusal.detail);
    }
    assert_eq!(mail.totals().await.deliveries, 0);
    mail.control.set_mail_faults(0, vec![]).await.unwrap();
    assert_eq!(mail.send().await.class(), "accepted");
    let totals = mail.totals().await;
    assert_eq!(totals.deliveries, 1);
    assert_eq!(totals.pipelined > 0, pipelining);
}

#[tokio::test]
async fn each_reply_is_what_the_readme_says() {
    drive(true).await;
}

#[tokio::test]
async fn without_pipelining_it_is_the_same() {
    drive(false).await;
}
