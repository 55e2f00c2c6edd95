//! Accounts that are given other credentials, disconnected, or of another channel.

use bootstrap::reason;
use events::{
    AccountEvent,
    common::Channel,
    contact::{AccountCredentialsRotated, AccountDisconnected, AccountReconnected},
    to_bytes, to_timestamp,
};
use proto::broadcast::v1::{ConfirmBroadcastRequest, PreviewBroadcastRequest};
use simulator::ChannelSettings;
use test_support::eventually;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    app::{ACCOUNT, App, NOW, create, sealed},
    people::People,
};

#[tokio::test]
async fn a_preview_asks_line_with_the_newest_token() {
    let app = App::start().await;
    app.people.set(People::subscribed(3));
    let broadcast_id = app.draft().await;
    app.line
        .set_channel(
            "shop",
            &ChannelSettings {
                access_token: "second".to_owned(),
                ..ChannelSettings::default()
            },
        )
        .await
        .unwrap();
    let preview = app.preview(&broadcast_id).await;
    assert_eq!(preview.findings[0].code, "CREDENTIALS_REFUSED");

    let rotated = AccountCredentialsRotated {
        account_id: to_bytes(ACCOUNT),
        channel: Channel::Line.into(),
        sealed_credentials: sealed(&app.vault(), "second").await,
        rotated_at: Some(to_timestamp(NOW)),
        previous_valid_until: Some(to_timestamp(NOW)),
    };
    app.contacts
        .tell(AccountEvent::CredentialsRotated(rotated))
        .await;
    eventually("the new token is used", async || {
        app.preview(&broadcast_id)
            .await
            .findings
            .is_empty()
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_broadcast_of_a_disconnected_account_is_neither_previewed_nor_confirmed() {
    let app = App::start().await;
    app.people.set(People::subscribed(3));
    let broadcast_id = app.draft().await;
    let preview = app.preview(&broadcast_id).await;
    let disconnected = AccountDisconnected {
        account_id: to_bytes(ACCOUNT),
        channel: Channel::Line.into(),
        disconnected_at: Some(to_timestamp(NOW)),
    };
    app.contacts
        .tell(AccountEvent::Disconnected(disconnected))
        .await;
    let refused = eventually("the account is disconnected", async || {
        app.try_preview(&broadcast_id).await.err()
    })
    .await;
    is_refused(&refused);
    let confirm = ConfirmBroadcastRequest {
        broadcast_id: broadcast_id.clone(),
        preview_hash: preview.preview_hash.clone(),
        request_id: Uuid::new_v4().to_string(),
    };
    let refused = app.client().confirm_broadcast(confirm).await.unwrap_err();
    is_refused(&refused);

    let reconnected = AccountReconnected {
        account_id: to_bytes(ACCOUNT),
        channel: Channel::Line.into(),
        sealed_credentials: sealed(&app.vault(), "token").await,
        reconnected_at: Some(to_timestamp(NOW)),
    };
    app.contacts
        .tell(AccountEvent::Reconnected(reconnected))
        .await;
    eventually("the account is connected again", async || {
        app.try_preview(&broadcast_id).await.ok()
    })
    .await;
    let confirmed = app.confirm(&broadcast_id, &preview.preview_hash).await;
    confirmed.unwrap();
}

#[tokio::test]
async fn a_broadcast_from_an_account_of_another_channel_is_not_drafted() {
    let app = App::start().await;
    sqlx::query("UPDATE accounts SET channel = $1")
        .bind(i32::from(Channel::Unspecified))
        .execute(&app.pool)
        .await
        .unwrap();
    let refused = app.client().create_broadcast(create("Hello")).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused).as_deref(), Some("CHANNEL_NOT_SENT_TO"));
}

fn is_refused(refused: &Status) {
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    assert_eq!(reason(refused).as_deref(), Some("ACCOUNT_DISCONNECTED"));
}

impl App {
    async fn try_preview(&self, broadcast_id: &str) -> Result<(), Status> {
        let request = PreviewBroadcastRequest {
            broadcast_id: broadcast_id.to_owned(),
            consistency_token: String::new(),
        };
        self.client().preview_broadcast(request).await.map(drop)
    }
}
