use channels::{
    Verdict,
    line::{CallError, Quota, is_line_user_id},
};
use simulator::{ChannelSettings, Endpoint, Fault, FaultKind};

use crate::app::App;

#[tokio::test]
async fn the_quota_and_its_use_are_told() {
    let app = App::with(ChannelSettings {
        quota: Some(1_000),
        used: Some(400),
        ..ChannelSettings::default()
    })
    .await;
    app.verdict().await;
    let quota = app.line.quota().await.unwrap();
    let limit = Some(1_000);
    assert_eq!(quota, Quota { limit, used: 403 });
    assert_eq!(quota.remaining(), Some(597));
}

#[tokio::test]
async fn no_limit_is_not_a_number() {
    let app = App::start().await;
    assert_eq!(app.line.quota().await.unwrap().remaining(), None);
}

#[tokio::test]
async fn an_account_tells_who_it_is() {
    let app = App::start().await;
    let info = app.line.bot_info().await.unwrap();
    assert!(is_line_user_id(&info.user_id));
    assert!(info.basic_id.starts_with('@'));
}

#[tokio::test]
async fn a_question_can_be_refused_or_go_unanswered() {
    let app = App::start().await;
    let dead = app.line.for_account(&"revoked".into()).unwrap();
    let error = dead.quota().await.unwrap_err();
    assert!(
        matches!(error, CallError::Refused(Verdict::AccountRefused { .. })),
        "{error:?}"
    );

    let dropped = Fault::new(FaultKind::DropBeforeAccept).at(Endpoint::Quota);
    app.fault(dropped).await;
    let error = app.line.quota().await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable(_)), "{error:?}");
}
