//! Connecting and listing accounts.

use bootstrap::reason;
use event_sourcing::EventCodec as _;
use events::{ContactEvent, contact::ContactBlocked, to_bytes};
use proto::{
    common::v1::Channel,
    contacts::v1::{AccountState, ConnectAccountRequest},
};
use tonic::Code;
use uuid::Uuid;

use crate::{
    account_requests::{account_of, channel_of, incomplete_credentials, secrets, violated},
    app::{App, line_account},
};

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
async fn an_account_of_each_channel_is_connected_and_shown() {
    let app = App::start().await;
    let mut team = app.team();
    for (channel, id, path) in [
        (Channel::Line, "", "/v1/webhooks/line/"),
        (Channel::Messenger, "1093", "/v1/webhooks/messenger/"),
        (Channel::Whatsapp, "1060", "/v1/webhooks/whatsapp/"),
        (Channel::Email, "shop@example.com", "/v1/mail/reports/"),
    ] {
        let connected = team.connect(account_of(channel, id)).await.unwrap();
        let account = connected.account.unwrap();
        assert_eq!(account.channel(), channel);
        assert_eq!(account.channel_account_id, id);
        assert!(account.webhook_path.starts_with(path));
        assert_eq!(account.webhook_path.is_empty(), path.is_empty());
        assert_eq!(account.state(), AccountState::Connected);
        assert_eq!(account.credentials_at, account.connected_at);

        let token = &connected.consistency_token;
        let got = team.account(&account.account_id, token).await.unwrap();
        assert_eq!(got, account);
        assert_eq!(team.accounts(token).await.last(), Some(&account));
    }
}

#[tokio::test]
async fn a_wrong_field_is_named() {
    let app = App::start().await;
    let mut team = app.team();
    let of = |channel, id| account_of(channel, id);
    let whole = || account_of(Channel::Line, "");
    let cases = [
        (
            ConnectAccountRequest {
                request_id: "1".to_owned(),
                ..whole()
            },
            "request_id",
        ),
        (
            ConnectAccountRequest {
                channel: 0,
                ..whole()
            },
            "channel",
        ),
        (
            ConnectAccountRequest {
                name: " ".to_owned(),
                ..whole()
            },
            "name",
        ),
        (
            ConnectAccountRequest {
                country: "Taiwan".to_owned(),
                ..whole()
            },
            "country",
        ),
        (of(Channel::Line, "U1"), "channel_account_id"),
        (of(Channel::Messenger, ""), "channel_account_id"),
        (of(Channel::Messenger, "my.page"), "channel_account_id"),
        (of(Channel::Whatsapp, "+886988346004"), "channel_account_id"),
        (of(Channel::Email, "shop"), "channel_account_id"),
        (
            ConnectAccountRequest {
                credentials: None,
                ..whole()
            },
            "credentials",
        ),
        (
            ConnectAccountRequest {
                credentials: of(Channel::Messenger, "1").credentials,
                ..whole()
            },
            "credentials",
        ),
        (
            ConnectAccountRequest {
                credentials: of(Channel::Messenger, "1").credentials,
                ..of(Channel::Whatsapp, "1")
            },
            "credentials",
        ),
    ];
    for (request, field) in cases {
        let refused = team.connect(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(violated(&refused), field, "{refused}");
    }
}

#[tokio::test]
async fn each_channel_has_credentials_of_its_own_and_all_are_needed() {
    let app = App::start().await;
    let mut team = app.team();
    for (credentials, field) in incomplete_credentials() {
        let channel = channel_of(&credentials);
        let id = match channel {
            Channel::Email => "shop@example.com",
            Channel::Line => "",
            Channel::Unspecified | Channel::Messenger | Channel::Whatsapp => "1093",
        };
        let request = ConnectAccountRequest {
            credentials: Some(credentials),
            ..account_of(channel, id)
        };
        let refused = team.connect(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let field = format!("credentials.{field}");
        assert_eq!(violated(&refused), field, "{refused}");
    }
}

#[tokio::test]
async fn another_team_finds_no_account_of_ours() {
    let app = App::start().await;
    let mut owner = app.team();
    let connected = owner.connect(account_of(Channel::Line, "")).await.unwrap();
    let account = connected.account.unwrap().account_id;
    let mut stranger = app.team();
    let token = &connected.consistency_token;
    assert_eq!(stranger.accounts(token).await, []);
    let refusals = [
        stranger.account(&account, token).await.unwrap_err(),
        stranger
            .rotate(&account, secrets(Channel::Line, "x"))
            .await
            .unwrap_err(),
        stranger.disconnect(&account).await.unwrap_err(),
        stranger
            .reconnect(&account, secrets(Channel::Line, "x"))
            .await
            .unwrap_err(),
    ];
    for refused in refusals {
        assert_eq!(refused.code(), Code::NotFound);
        assert_eq!(reason(&refused).as_deref(), Some("ACCOUNT_NOT_FOUND"));
    }
    let still = owner.account(&account, token).await.unwrap();
    assert_eq!(still.state(), AccountState::Connected);
}

/// Contacts are in the same log, and their ids are streams as well.
#[tokio::test]
async fn a_contacts_id_is_no_accounts() {
    let app = App::start().await;
    let mut team = app.team();
    let account: Uuid = team.line_account().await.parse().unwrap();
    let contact = Uuid::now_v7();
    let blocked = ContactEvent::Blocked(ContactBlocked {
        contact_id: to_bytes(contact),
        account_id: to_bytes(account),
        ..ContactBlocked::default()
    });
    app.append(team.id, contact, Uuid::now_v7(), blocked.encode())
        .await;
    let refused = team.disconnect(&contact.to_string()).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}
