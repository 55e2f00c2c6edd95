use std::{collections::HashMap, fs, path::Path};

use channels::email::{Told, parse_report, suppressions};
use proptest::prelude::*;
use simulator::{MailReportKind, MailboxState};

use crate::email_app::{Mail, mail};

fn read(raw: &[u8]) -> String {
    let report = match parse_report(raw) {
        Ok(report) => report,
        Err(error) => return error.to_string(),
    };
    let who = |it: &Option<channels::email::EmailAddress>| match it {
        Some(address) => address.as_str().to_owned(),
        None => "nobody named".to_owned(),
    };
    let mut words = vec![report.correlation.clone().unwrap_or_default()];
    match &report.told {
        Told::Bounces(bounces) => words.extend(bounces.iter().map(|bounce| {
            let status = bounce.status.map(|it| format!(" {it}")).unwrap_or_default();
            let code = bounce.code.map(|it| format!(" {it}")).unwrap_or_default();
            format!(
                "{}{status}{code} of {}",
                bounce.kind,
                who(&bounce.recipient)
            )
        })),
        Told::Complaint(complaint) => words.push(format!(
            "complaint {:?} of {}",
            complaint.kind,
            who(&complaint.recipient)
        )),
    }
    let found = suppressions(&report);
    let reasons: Vec<&str> = found.iter().map(|it| it.reason.name()).collect();
    let nobody = if reasons.is_empty() { "nobody" } else { "" };
    words.push(format!("suppress {nobody}{}", reasons.join(" ")));
    words.join("; ")
}

fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/email");
    let mut corpus: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "eml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    corpus.sort();
    corpus
}

#[test]
fn each_report_is_read_as_expected() {
    let read: Vec<String> = corpus()
        .iter()
        .map(|(name, raw)| format!("{name}: {}", read(raw)))
        .collect();
    let expected = include_str!("../fixtures/email/expected.txt");
    assert_eq!(read, expected.lines().collect::<Vec<_>>());
}

#[test]
fn lines_that_lost_their_cr_are_read_the_same() {
    for (name, raw) in corpus() {
        let bare: Vec<u8> = raw.iter().copied().filter(|byte| *byte != b'\r').collect();
        assert_eq!(read(&bare), read(&raw), "{name}");
    }
}

#[tokio::test]
async fn what_the_double_sends_back_is_about_our_mail() {
    let app = Mail::start().await;
    let states = HashMap::from([
        ("hard@example.org".to_owned(), MailboxState::BouncesHard),
        ("soft@example.org".to_owned(), MailboxState::BouncesSoft),
        ("spam@example.org".to_owned(), MailboxState::Complains),
    ]);
    app.control.set_mailboxes(&states).await.unwrap();
    for to in ["hard", "soft", "spam", "glad"] {
        let mail = mail(&format!("{to}@example.org"), &format!("c0{to}"));
        assert_eq!(app.email.send(&mail).await.class(), "accepted");
    }
    let reports = app.control.mail_reports().await.unwrap();
    let told: Vec<(MailReportKind, String)> = reports
        .iter()
        .map(|report| (report.kind, read(report.raw.as_bytes())))
        .collect();
    let expected = [
        (
            MailReportKind::HardBounce,
            "c0hard; hard_bounce 5.1.1 550 of hard@example.org; suppress hard_bounce",
        ),
        (
            MailReportKind::SoftBounce,
            "c0soft; soft_bounce 4.4.7 421 of soft@example.org; suppress nobody",
        ),
        (
            MailReportKind::Complaint,
            "c0spam; complaint Abuse of spam@example.org; suppress complaint",
        ),
    ];
    assert_eq!(told, expected.map(|(kind, text)| (kind, text.to_owned())));
    assert!(app.control.mail_reports().await.unwrap().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_read_without_a_panic(raw in proptest::collection::vec(any::<u8>(), 0..2000)) {
        drop(parse_report(&raw));
    }

    /// A report with a piece cut out, doubled, or replaced.
    #[test]
    fn a_spoiled_report_is_read_without_a_panic(
        which in 0usize..17,
        from in 0.0f64..1.0,
        to in 0.0f64..1.0,
        with in proptest::collection::vec(any::<u8>(), 0..40),
        twice in any::<bool>(),
    ) {
        let corpus = corpus();
        let raw = &corpus[which % corpus.len()].1;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short text")]
        let place = |at: f64| (raw.len() as f64 * at) as usize;
        let (from, to) = (place(from.min(to)), place(from.max(to)));
        let middle = if twice { &raw[from..to] } else { &with[..] };
        let spoiled = [&raw[..to], middle, &raw[if twice { to } else { from }..]].concat();
        if let Ok(report) = parse_report(&spoiled) {
            let correlation = report.correlation.unwrap_or_default();
            prop_assert!(correlation.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
        }
    }
}
