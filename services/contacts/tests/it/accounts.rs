//! Connecting and listing accounts.

use bootstrap::reason;
use proto::contacts::v1::ConnectAccountRequest;
use tonic::Code;
use uuid::Uuid;

use crate::app::{App, line_account};

#[tokio::test]
async fn an_account_is_listed_once_it_is_connected() {
    let app = App::start().await;
    let mut team = app.team();
    let connected = team.connect(line_account()).await.unwrap();

    let listed = team.accounts(&connected.consistency_token).await;
    let account = connected.account.unwrap();
    assert_eq!(account.name, "Shop");
    assert_eq!(
        account.webhook_path,
        format!("/v1/webhooks/line/{}", account.account_id)
    );
    assert_eq!(listed, [account]);
}

#[tokio::test]
async fn the_same_request_connects_the_same_account() {
    let app = App::start().await;
    let mut team = app.team();
    let first = team.connect(line_account()).await.unwrap();
    let again = team.connect(line_account()).await.unwrap();
    assert_eq!(first.account, again.account);
    assert_eq!(team.accounts(&again.consistency_token).await.len(), 1);

    let other = ConnectAccountRequest {
        name: "Other".to_owned(),
        ..line_account()
    };
    let refused = team.connect(other).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    assert_eq!(reason(&refused).as_deref(), Some("REQUEST_ID_REUSED"));
}

#[tokio::test]
async fn a_request_id_is_a_teams_own() {
    let app = App::start().await;
    let mine = app.team().connect(line_account()).await.unwrap();
    let theirs = app.team().connect(line_account()).await.unwrap();
    assert_ne!(
        mine.account.unwrap().account_id,
        theirs.account.unwrap().account_id
    );
}

#[tokio::test]
async fn a_wrong_field_is_named() {
    let app = App::start().await;
    let mut team = app.team();
    let cases = [
        (
            ConnectAccountRequest {
                request_id: "1".to_owned(),
                ..line_account()
            },
            "request_id",
        ),
        (
            ConnectAccountRequest {
                channel: 0,
                ..line_account()
            },
            "channel",
        ),
        (
            ConnectAccountRequest {
                name: " ".to_owned(),
                ..line_account()
            },
            "name",
        ),
        (
            ConnectAccountRequest {
                country: "Taiwan".to_owned(),
                ..line_account()
            },
            "country",
        ),
        (
            ConnectAccountRequest {
                access_token: String::new(),
                ..line_account()
            },
            "access_token",
        ),
        (
            ConnectAccountRequest {
                channel_secret: String::new(),
                ..line_account()
            },
            "channel_secret",
        ),
    ];
    for (request, field) in cases {
        let refused = team.connect(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().starts_with(field), "{refused}");
    }
}

#[tokio::test]
async fn credentials_are_nowhere_in_the_clear() {
    let app = App::start().await;
    let mut team = app.team();
    let secret = Uuid::new_v4().to_string();
    let request = ConnectAccountRequest {
        access_token: format!("token-{secret}"),
        channel_secret: format!("secret-{secret}"),
        ..line_account()
    };
    let connected = team.connect(request).await.unwrap();
    let listed = team.accounts(&connected.consistency_token).await;
    assert!(!format!("{connected:?}{listed:?}").contains(&secret));
    assert!(!app.database_contains(&secret).await);
}
