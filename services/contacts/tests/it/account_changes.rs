//! Credentials that are rotated; accounts that are disconnected and reconnected.

use bootstrap::reason;
use events::{AccountEvent, ContactsLogEvent};
use proto::{
    common::v1::Channel,
    contacts::v1::{
        AccountState, DisconnectAccountRequest, ReconnectAccountRequest, RotateCredentialsRequest,
    },
};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    account_requests::{account_of, secrets, violated},
    app::{App, Team},
};

#[tokio::test]
async fn an_account_is_rotated_disconnected_and_reconnected() {
    let app = App::start().await;
    let mut team = app.team();
    let connected = team.connect(account_of(Channel::Whatsapp, "1060")).await;
    let connected = connected.unwrap().account.unwrap();
    let id = connected.account_id.clone();
    let credentials = || secrets(Channel::Whatsapp, "new");

    let answer = team.rotate(&id, credentials()).await.unwrap();
    let rotated = answer.account.unwrap();
    assert!(time(rotated.credentials_at) > time(connected.credentials_at));
    assert_eq!(rotated.connected_at, connected.connected_at);
    assert_eq!(
        team.account(&id, &answer.consistency_token).await.unwrap(),
        rotated
    );

    let answer = team.disconnect(&id).await.unwrap();
    let disconnected = answer.account.unwrap();
    assert_eq!(disconnected.state(), AccountState::Disconnected);
    let token = answer.consistency_token;
    assert_eq!(team.account(&id, &token).await.unwrap(), disconnected);
    assert_eq!(
        team.accounts(&token).await,
        std::slice::from_ref(&disconnected)
    );

    let answer = team.reconnect(&id, credentials()).await.unwrap();
    let reconnected = answer.account.unwrap();
    assert_eq!(reconnected.state(), AccountState::Connected);
    assert!(time(reconnected.credentials_at) > time(rotated.credentials_at));
    assert_eq!(reconnected.connected_at, connected.connected_at);
    assert_eq!(
        team.account(&id, &answer.consistency_token).await.unwrap(),
        reconnected
    );
}

#[tokio::test]
async fn each_change_at_the_wrong_time_is_refused_for_its_own_reason() {
    let app = App::start().await;
    let mut team = app.team();
    let id = team.line_account().await;
    let credentials = || secrets(Channel::Line, "new");
    let refused = |status: Status, why: &str| {
        assert_eq!(status.code(), Code::FailedPrecondition, "{status}");
        assert_eq!(reason(&status).as_deref(), Some(why));
    };
    refused(
        team.reconnect(&id, credentials()).await.unwrap_err(),
        "ACCOUNT_CONNECTED",
    );
    team.disconnect(&id).await.unwrap();
    refused(
        team.rotate(&id, credentials()).await.unwrap_err(),
        "ACCOUNT_DISCONNECTED",
    );
    refused(
        team.disconnect(&id).await.unwrap_err(),
        "ACCOUNT_ALREADY_DISCONNECTED",
    );
    let wrong = team.reconnect(&id, secrets(Channel::Email, "x")).await;
    let wrong = wrong.unwrap_err();
    assert_eq!(wrong.code(), Code::InvalidArgument);
    assert_eq!(violated(&wrong), "credentials");
}

/// Also once the account has moved on.
#[tokio::test]
async fn a_repeated_request_is_answered_as_the_first_was() {
    let app = App::start().await;
    let mut team = app.team();
    let connect = account_of(Channel::Email, "shop@example.com");
    let connected = team.connect(connect.clone()).await.unwrap();
    let id = connected.account.clone().unwrap().account_id;
    // The same id for all: what it stands for is one command of each kind.
    let request_id = Uuid::new_v4().to_string();
    let rotate = RotateCredentialsRequest {
        request_id: request_id.clone(),
        account_id: id.clone(),
        credentials: Some(secrets(Channel::Email, "second")),
    };
    let disconnect = DisconnectAccountRequest {
        request_id: request_id.clone(),
        account_id: id.clone(),
    };
    let reconnect = ReconnectAccountRequest {
        request_id,
        account_id: id,
        credentials: Some(secrets(Channel::Email, "third")),
    };
    let mut answers = Vec::new();
    for _ in 0..2 {
        let rotated = team.accounts.rotate_credentials(rotate.clone()).await;
        let disconnected = team.accounts.disconnect_account(disconnect.clone()).await;
        let reconnected = team.accounts.reconnect_account(reconnect.clone()).await;
        answers.push((
            rotated.unwrap().into_inner(),
            disconnected.unwrap().into_inner(),
            reconnected.unwrap().into_inner(),
        ));
        assert_eq!(
            team.connect(connect.clone()).await.unwrap().account,
            connected.account
        );
    }
    assert_eq!(answers[0], answers[1]);
    let (rotated, disconnected, reconnected) = answers.remove(0);
    assert_eq!(rotated.account.unwrap().state(), AccountState::Connected);
    assert_eq!(
        disconnected.account.unwrap().state(),
        AccountState::Disconnected
    );
    assert_eq!(
        reconnected.account.unwrap().state(),
        AccountState::Connected
    );
    assert_eq!(account_events(&app).await, 4);
}

#[tokio::test]
async fn of_the_same_request_at_the_same_time_one_takes_effect_and_all_succeed() {
    let app = App::start().await;
    let mut team = app.team();
    let id = team.line_account().await;
    let request = DisconnectAccountRequest {
        request_id: Uuid::new_v4().to_string(),
        account_id: id,
    };
    let disconnect = async |mut team: Team| {
        let answer = team.accounts.disconnect_account(request.clone()).await;
        answer.unwrap().into_inner()
    };
    let teams = [(); 6].map(|()| app.same_team(&team));
    let answers = futures_util::future::join_all(teams.map(disconnect)).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(account_events(&app).await, 2);
}

async fn account_events(app: &App) -> usize {
    let log = app.log().await;
    let of_accounts = log.iter().filter(|(_, event)| {
        matches!(
            event,
            ContactsLogEvent::Account(
                AccountEvent::Connected(_)
                    | AccountEvent::CredentialsRotated(_)
                    | AccountEvent::Disconnected(_)
                    | AccountEvent::Reconnected(_)
            )
        )
    });
    of_accounts.count()
}

fn time(at: Option<prost_types::Timestamp>) -> (i64, i32) {
    let at = at.unwrap();
    (at.seconds, at.nanos)
}
