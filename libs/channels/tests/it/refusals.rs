use bytes::Bytes;
use channels::{
    Channel as _, Verdict,
    line::{messages_json, multicast_body},
};
use simulator::{ChannelSettings, Fault, FaultKind, NonexistentMode, RateLimit};
use uuid::Uuid;

use crate::app::{App, text, user, user_ids};

async fn with_nobody_at_1(nonexistent: NonexistentMode) -> App {
    let app = App::with(ChannelSettings {
        nonexistent,
        ..ChannelSettings::default()
    })
    .await;
    app.nobody(user(1)).await;
    app
}

#[tokio::test]
async fn a_send_is_accepted_under_its_request_id() {
    let app = App::start().await;
    let body = multicast_body(&user_ids(500), &crate::app::hello(), None).unwrap();
    let sent = app.line.send(Uuid::new_v4(), body).await;
    let got = app.control.deliveries_to("shop", user(0)).await.unwrap();
    let request_id = Some(got[0].request_id.to_string());
    assert_eq!(sent.request_id, request_id);
    assert_eq!(
        sent.verdict,
        Verdict::Accepted {
            request_id,
            repeated: false
        }
    );
    assert_eq!(app.totals().await.people_received, 500);
}

#[tokio::test]
async fn somebody_who_does_not_exist_is_named() {
    let app = with_nobody_at_1(NonexistentMode::Named).await;
    let verdict = app.verdict().await;
    assert!(
        matches!(verdict, Verdict::RecipientInvalid { index: Some(1), .. }),
        "{verdict:?}"
    );
    assert_eq!(app.totals().await.people_received, 0);
}

#[tokio::test]
async fn somebody_who_does_not_exist_may_not_be_named() {
    let app = with_nobody_at_1(NonexistentMode::Unnamed).await;
    let verdict = app.verdict().await;
    assert!(
        matches!(
            verdict,
            Verdict::RecipientInvalid {
                index: None,
                code: "recipient_unnamed",
                ..
            }
        ),
        "{verdict:?}"
    );
}

#[tokio::test]
async fn somebody_who_does_not_exist_may_not_be_noticed() {
    let app = with_nobody_at_1(NonexistentMode::Silent).await;
    assert_eq!(app.verdict().await.class(), "accepted");
    assert_eq!(app.totals().await.people_received, 2);
}

#[tokio::test]
async fn bad_content_is_refused_as_content() {
    let app = App::start().await;
    let long = "a".repeat(5_001);
    let messages = format!(r#"[{{"type":"text","text":"{long}"}}]"#);
    let body = multicast_body(&user_ids(1), &messages, None).unwrap();
    let refused = app.line.multicast(Uuid::new_v4(), body).await.verdict;
    assert_eq!(
        refused,
        Verdict::ContentRefused {
            code: "content_invalid",
            detail: "400 The request body has 1 error(s); messages[0].text: Length must be between 0 and 5000"
                .to_owned()
        }
    );

    let broken = Bytes::from_static(b"{");
    let refused = app.line.multicast(Uuid::new_v4(), broken).await.verdict;
    assert!(matches!(
        refused,
        Verdict::ContentRefused {
            code: "request_invalid",
            ..
        }
    ));

    let large = Bytes::from(vec![b' '; 2 * 1024 * 1024 + 1]);
    let refused = app.line.multicast(Uuid::new_v4(), large).await.verdict;
    assert!(matches!(
        refused,
        Verdict::ContentRefused {
            code: "body_too_large",
            ..
        }
    ));
}

#[tokio::test]
async fn a_dead_token_stops_the_account() {
    let app = App::start().await;
    let dead = app.line.for_account(&"revoked".into()).unwrap();
    let messages = messages_json(&[text("x")]).unwrap();
    let body = multicast_body(&user_ids(1), &messages, None).unwrap();
    let refused = dead.multicast(Uuid::new_v4(), body).await;
    assert!(matches!(
        refused.verdict,
        Verdict::AccountRefused {
            code: "unauthorized",
            ..
        }
    ));
    assert!(refused.request_id.is_some());
}

#[tokio::test]
async fn an_account_that_may_not_send_is_stopped() {
    let app = App::with(ChannelSettings {
        forbidden: true,
        ..ChannelSettings::default()
    })
    .await;
    let refused = app.verdict().await;
    assert!(matches!(
        refused,
        Verdict::AccountRefused {
            code: "forbidden",
            ..
        }
    ));
}

#[tokio::test]
async fn a_spent_month_is_told_from_haste() {
    let spent = App::with(ChannelSettings {
        quota: Some(2),
        ..ChannelSettings::default()
    })
    .await;
    assert_eq!(spent.verdict().await.class(), "quota_exceeded");

    let hasty = App::with(ChannelSettings {
        multicast_rate: RateLimit {
            per_second: 0.001,
            capacity: 1.0,
        },
        ..ChannelSettings::default()
    })
    .await;
    assert_eq!(hasty.verdict().await.class(), "accepted");
    assert_eq!(hasty.verdict().await.class(), "throttled");
}

#[tokio::test]
async fn a_reserved_quota_refuses_though_enough_is_left() {
    let app = App::with(ChannelSettings {
        quota: Some(10),
        reserved: 8,
        ..ChannelSettings::default()
    })
    .await;
    assert_eq!(app.verdict().await.class(), "quota_exceeded");
    assert_eq!(app.line.quota().await.unwrap().remaining(), Some(10));
}

#[tokio::test]
async fn what_was_refused_for_now_is_taken_later_under_its_key() {
    let app = App::start().await;
    for kind in [FaultKind::RateLimited, FaultKind::MonthlyLimit] {
        app.fault(Fault::new(kind).times(1)).await;
        let key = Uuid::new_v4();
        let refused = app.attempt(key).await.verdict;
        assert!(refused.may_be_repeated(), "{refused:?}");
        let accepted = app.attempt(key).await.verdict;
        assert!(matches!(
            accepted,
            Verdict::Accepted {
                repeated: false,
                ..
            }
        ));
    }
}
