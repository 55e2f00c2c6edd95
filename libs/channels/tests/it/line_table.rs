//! Each row of the README's table about LINE, driven through the double.

use bytes::Bytes;
use channels::{Verdict, line::multicast_body};
use simulator::{ChannelSettings, Fault, FaultKind, NonexistentMode};
use uuid::Uuid;

use crate::{
    app::{App, client, hello, user, user_ids},
    readme::rows,
};

/// What the double is made to do, for one row.
enum Cause {
    Nothing,
    SameKeyAgain,
    Nobody(NonexistentMode),
    Body(Bytes),
    Fault(FaultKind),
    NoServer,
}

fn refused(statuses: &[u16]) -> Vec<Cause> {
    let fault = |status: &u16| Cause::Fault(FaultKind::Refuse { status: *status });
    statuses.iter().map(fault).collect()
}

fn broken(statuses: &[u16]) -> Vec<Cause> {
    let fault = |status: &u16| Cause::Fault(FaultKind::Broken { status: *status });
    statuses.iter().map(fault).collect()
}

fn body(messages: &str) -> Cause {
    Cause::Body(multicast_body(&user_ids(2), messages, None).unwrap())
}

/// By the first cell of a row.
fn causes(answer: &str) -> Vec<Cause> {
    match answer {
        "2xx, whatever its body" => vec![Cause::Nothing],
        "409 by LINE" => vec![Cause::SameKeyAgain],
        "400 that blames `to[i]`" => vec![Cause::Nobody(NonexistentMode::Named)],
        "400 that blames `to`, or `Failed to send messages`" => {
            vec![Cause::Nobody(NonexistentMode::Unnamed)]
        }
        "400 that blames `messages` or another property, alone or with a recipient" => {
            vec![
                body(r#"[{"type":"text","text":""}]"#),
                body(r#"[{"type":"hologram"}]"#),
            ]
        }
        "any other 4xx in LINE's form, even with a null message" => refused(&[400, 406, 422]),
        "413, 415" => {
            let mut causes = refused(&[413, 415]);
            causes.push(Cause::Body(Bytes::from(vec![b' '; 2 * 1024 * 1024 + 1])));
            causes.extend(broken(&[413, 415]));
            causes
        }
        "401" => vec![Cause::Fault(FaultKind::Unauthorized)],
        "403" => vec![Cause::Fault(FaultKind::Forbidden)],
        "3xx, 404, 405, 410" => {
            let mut causes = refused(&[302, 307, 404, 405, 410]);
            causes.extend(broken(&[301, 404]));
            causes
        }
        "429 that speaks of the monthly limit" => vec![Cause::Fault(FaultKind::MonthlyLimit)],
        "any other 429" => {
            let mut causes = broken(&[429]);
            causes.extend(refused(&[429]));
            causes.push(Cause::Fault(FaultKind::RateLimited));
            causes
        }
        "5xx, 408" => {
            let mut causes = refused(&[408, 500, 503]);
            causes.extend(broken(&[408, 502, 504]));
            causes
        }
        "4xx not in LINE's form, such as a proxy's page" => broken(&[400, 407, 418]),
        "no answer in time, connection lost, answer cut off before its status" => vec![
            Cause::Fault(FaultKind::SlowAnswer { delay_ms: 60_000 }),
            Cause::Fault(FaultKind::DropBeforeAccept),
            Cause::Fault(FaultKind::DropAfterAccept),
        ],
        "no connection" => vec![Cause::NoServer],
        other => panic!("nothing drives the row {other:?}"),
    }
}

async fn meet(cause: Cause) -> Verdict {
    let nonexistent = match cause {
        Cause::Nobody(mode) => mode,
        Cause::Nothing
        | Cause::SameKeyAgain
        | Cause::Body(_)
        | Cause::Fault(_)
        | Cause::NoServer => NonexistentMode::default(),
    };
    let app = App::with(ChannelSettings {
        nonexistent,
        ..ChannelSettings::default()
    })
    .await;
    match cause {
        Cause::Nothing => app.verdict().await,
        Cause::SameKeyAgain => {
            let key = Uuid::new_v4();
            app.attempt(key).await;
            app.attempt(key).await.verdict
        }
        Cause::Nobody(_) => {
            app.nobody(user(1)).await;
            app.verdict().await
        }
        Cause::Body(body) => app.line.multicast(Uuid::new_v4(), body).await.verdict,
        Cause::Fault(kind) => {
            app.fault(Fault::new(kind)).await;
            app.verdict().await
        }
        Cause::NoServer => {
            // Port 1 is nobody's.
            let body = multicast_body(&user_ids(1), &hello(), None).unwrap();
            let nowhere = client("http://127.0.0.1:1");
            nowhere.multicast(Uuid::new_v4(), body).await.verdict
        }
    }
}

/// The variant as the README has it in its second cell, and the code that follows it, if any.
fn told(verdict: &Verdict) -> (&'static str, Option<&'static str>) {
    match verdict {
        Verdict::Accepted { repeated: true, .. } => ("Accepted { repeated: true }", None),
        Verdict::Accepted { .. } => ("Accepted", None),
        Verdict::RecipientInvalid { index: Some(_), .. } => {
            ("RecipientInvalid { index: Some(i) }", None)
        }
        Verdict::RecipientInvalid { index: None, .. } => ("RecipientInvalid { index: None }", None),
        Verdict::ContentRefused { code, .. } => ("ContentRefused", Some(code)),
        Verdict::AccountRefused { code, .. } => ("AccountRefused", Some(code)),
        Verdict::QuotaExceeded { .. } => ("QuotaExceeded", None),
        Verdict::Throttled { .. } => ("Throttled", None),
        Verdict::Transient { .. } => ("Transient", None),
        Verdict::Ambiguous { .. } => ("Ambiguous", None),
    }
}

/// What the third cell says may be done with the same key.
fn may_be_repeated(follows: &str) -> bool {
    follows.contains("same key") || follows == "the same"
}

#[tokio::test]
async fn each_answer_is_what_the_readme_says() {
    let rows = rows("## LINE: each answer to a multicast", 3);
    assert!(rows.len() >= 16, "{}", rows.len());
    for row in rows {
        let (answer, expected, follows) = (row[0], row[1], row[2]);
        for cause in causes(answer) {
            let verdict = meet(cause).await;
            let (variant, code) = told(&verdict);
            let (name, rest) = expected[1..].split_once('`').unwrap();
            assert_eq!(variant, name, "{answer}");
            if let Some(code) = code {
                assert!(rest.contains(&format!("`{code}`")), "{answer}: {code}");
            }
            let repeats = may_be_repeated(follows) && code.is_none();
            assert_eq!(verdict.may_be_repeated(), repeats, "{answer}");
        }
    }
}
