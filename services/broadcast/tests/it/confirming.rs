use proto::{
    broadcast::v1::{BroadcastState, ConfirmBroadcastRequest, ExclusionReason},
    segmentation::v1::SubscriptionStatus,
};
use simulator::{ChannelSettings, Endpoint, Fault, FaultKind};
use tonic::Code;
use uuid::Uuid;

use crate::{app::App, people::People};

#[tokio::test]
async fn a_preview_says_who_gets_it_who_does_not_and_what_it_looks_like() {
    let app = App::start().await;
    let mut people = People::subscribed(3);
    people[1].2 = SubscriptionStatus::Blocked;
    people.push((
        Uuid::from_u128(9),
        "not-a-line-id".to_owned(),
        SubscriptionStatus::Subscribed,
    ));
    app.people.set(people);
    app.set_line(ChannelSettings {
        quota: Some(1_000),
        used: Some(10),
        ..ChannelSettings::default()
    })
    .await;
    let preview = app.preview(&app.draft().await).await;
    assert_eq!((preview.matching, preview.included), (4, 2));
    let excluded: Vec<(ExclusionReason, i64)> = preview
        .excluded
        .iter()
        .map(|excluded| (excluded.reason(), excluded.contacts))
        .collect();
    assert_eq!(
        excluded,
        [
            (ExclusionReason::Blocked, 1),
            (ExclusionReason::InvalidAddress, 1)
        ]
    );
    let quota = preview.quota.unwrap();
    assert_eq!((quota.limit, quota.used, quota.remaining), (1_000, 10, 990));
    assert!(preview.rendered_messages[0].contains("https://links.example/r/"));
    assert!(preview.findings.is_empty(), "{:?}", preview.findings);
}

#[tokio::test]
async fn a_confirmation_is_refused_if_anything_changed_since_the_preview() {
    let app = App::start().await;
    app.people.set(People::subscribed(3));
    let broadcast_id = app.draft().await;
    let preview = app.preview(&broadcast_id).await;
    let mut exchanged = People::subscribed(2);
    exchanged.push((
        Uuid::from_u128(9),
        format!("U{:032x}", 9),
        SubscriptionStatus::Subscribed,
    ));
    app.people.set(exchanged);
    let (code, said) = app
        .confirm(&broadcast_id, &preview.preview_hash)
        .await
        .unwrap_err();
    assert_eq!(code, Code::Aborted);
    assert!(said.contains("who gets it and who is left out"), "{said}");

    let preview = app.preview(&broadcast_id).await;
    app.confirm(&broadcast_id, &preview.preview_hash)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_hash_of_no_preview_confirms_nothing() {
    let app = App::start().await;
    app.people.set(People::subscribed(3));
    let broadcast_id = app.draft().await;
    let other = app.preview(&app.draft().await).await.preview_hash;
    for (hash, said) in [
        ("", "it is not the hash"),
        ("x", "it is not the hash"),
        (other.as_str(), "changed since: the content, the filter."),
    ] {
        let (code, message) = app.confirm(&broadcast_id, hash).await.unwrap_err();
        assert_eq!(code, Code::Aborted);
        assert!(message.contains(said), "{message}");
    }
}

/// What LINE does not say keeps nobody from sending; what it refuses does.
#[tokio::test]
async fn a_line_that_does_not_answer_is_a_warning_and_a_refusal_is_not() {
    let app = App::start().await;
    app.people.set(People::subscribed(3));
    for (kind, code, confirmed) in [
        (FaultKind::ErrorBeforeAccept, "CHANNEL_UNREACHABLE", true),
        (FaultKind::DropBeforeAccept, "CHANNEL_UNREACHABLE", true),
        (FaultKind::Forbidden, "CREDENTIALS_REFUSED", false),
    ] {
        let faults = vec![Fault::new(kind).at(Endpoint::Quota)];
        app.line.set_faults(7, faults).await.unwrap();
        let broadcast_id = app.draft().await;
        let preview = app.preview(&broadcast_id).await;
        assert!(preview.quota.is_none());
        let codes: Vec<&str> = preview
            .findings
            .iter()
            .map(|finding| finding.code.as_str())
            .collect();
        assert_eq!(codes, [code]);
        let outcome = app.confirm(&broadcast_id, &preview.preview_hash).await;
        assert_eq!(outcome.is_ok(), confirmed, "{outcome:?}");
    }
}

#[tokio::test]
async fn a_broadcast_that_does_not_fit_the_quota_is_refused_before_it_starts() {
    let app = App::start().await;
    app.people.set(People::subscribed(3));
    app.set_line(ChannelSettings {
        quota: Some(10),
        used: Some(8),
        ..ChannelSettings::default()
    })
    .await;
    let broadcast_id = app.draft().await;
    let preview = app.preview(&broadcast_id).await;
    assert_eq!(preview.findings[0].code, "QUOTA_EXCEEDED");
    let (code, said) = app
        .confirm(&broadcast_id, &preview.preview_hash)
        .await
        .unwrap_err();
    assert_eq!(code, Code::FailedPrecondition);
    assert!(
        said.contains("3 messages are needed and 2 are left"),
        "{said}"
    );
}

#[tokio::test]
async fn a_month_whose_statistics_are_used_up_is_told_and_keeps_nothing_from_being_sent() {
    let app = App::start().await;
    app.people.set(People::subscribed(3));
    app.set_line(ChannelSettings {
        units_used: 1_000,
        ..ChannelSettings::default()
    })
    .await;
    let broadcast_id = app.draft().await;
    let preview = app.preview(&broadcast_id).await;
    let codes: Vec<&str> = preview.findings.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, ["STATISTICS_USED_UP"]);
    let confirmed = app.confirm(&broadcast_id, &preview.preview_hash).await;
    assert!(confirmed.is_ok(), "{confirmed:?}");
}

#[tokio::test]
async fn a_broadcast_to_nobody_is_refused() {
    let app = App::start().await;
    let broadcast_id = app.draft().await;
    let preview = app.preview(&broadcast_id).await;
    assert_eq!(preview.findings[0].code, "NO_RECIPIENTS");
    let (code, _) = app
        .confirm(&broadcast_id, &preview.preview_hash)
        .await
        .unwrap_err();
    assert_eq!(code, Code::FailedPrecondition);
}

#[tokio::test]
async fn a_dead_token_is_found_before_anything_is_sent() {
    let app = App::start().await;
    app.people.set(People::subscribed(1));
    app.line
        .set_faults(7, vec![Fault::new(FaultKind::Unauthorized)])
        .await
        .unwrap();
    app.line
        .set_channel(
            "shop",
            &ChannelSettings {
                access_token: "rotated".to_owned(),
                ..ChannelSettings::default()
            },
        )
        .await
        .unwrap();
    let broadcast_id = app.draft().await;
    let preview = app.preview(&broadcast_id).await;
    assert_eq!(preview.findings[0].code, "CREDENTIALS_REFUSED");
    assert!(
        app.confirm(&broadcast_id, &preview.preview_hash)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_repeated_confirmation_gets_the_same_answer_and_another_is_refused() {
    let app = App::start().await;
    app.people.set(People::subscribed(1));
    let broadcast_id = app.draft().await;
    let request = ConfirmBroadcastRequest {
        preview_hash: app.preview(&broadcast_id).await.preview_hash,
        broadcast_id,
        request_id: Uuid::new_v4().to_string(),
    };
    for _ in 0..2 {
        let confirmed = app
            .client()
            .confirm_broadcast(request.clone())
            .await
            .unwrap()
            .into_inner();
        let state = confirmed.broadcast.unwrap().state();
        assert!(
            matches!(state, BroadcastState::Preparing | BroadcastState::Sending),
            "{state:?}"
        );
    }
    let (code, _) = app
        .confirm(&request.broadcast_id, &request.preview_hash)
        .await
        .unwrap_err();
    assert_eq!(code, Code::FailedPrecondition);
}
