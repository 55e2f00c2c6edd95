//! Webhooks of an account whose credentials are rotated, and of one that is disconnected.

use bootstrap::Clock as _;
use chrono::{DateTime, TimeDelta, Utc};
use events::{
    AccountEvent,
    common::Channel,
    contact::{
        AccountConnected, AccountCredentialsRotated, AccountDisconnected, AccountReconnected,
    },
    to_bytes, to_timestamp,
};
use reqwest::StatusCode;
use test_support::eventually;

use crate::{
    app::{ACCOUNT, App, CHANNEL_SECRET},
    webhooks::{post, sign},
};

const CHECK: &str = r#"{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}"#;

#[tokio::test]
async fn webhooks_signed_with_the_secret_before_are_taken_for_a_day() {
    let app = App::start().await;
    let now = app.clock.now();
    app.contacts.tell(rotated(&app, "second", now).await).await;
    app.until("second", StatusCode::OK).await;
    assert_eq!(app.answer(CHANNEL_SECRET).await, StatusCode::OK);
    assert_eq!(app.answer("third").await, StatusCode::UNAUTHORIZED);

    // A second rotation does not cut the first one's day short.
    let later = now + TimeDelta::hours(1);
    app.clock.set(later);
    app.contacts.tell(rotated(&app, "third", later).await).await;
    app.until("third", StatusCode::OK).await;
    for secret in [CHANNEL_SECRET, "second"] {
        assert_eq!(app.answer(secret).await, StatusCode::OK, "{secret}");
    }

    app.clock.set(now + TimeDelta::hours(24));
    assert_eq!(app.answer(CHANNEL_SECRET).await, StatusCode::UNAUTHORIZED);
    assert_eq!(app.answer("second").await, StatusCode::OK);
    app.clock.set(later + TimeDelta::hours(24));
    assert_eq!(app.answer("second").await, StatusCode::UNAUTHORIZED);
    assert_eq!(app.answer("third").await, StatusCode::OK);
}

#[tokio::test]
async fn webhooks_of_a_disconnected_account_find_nothing_until_it_is_reconnected() {
    let app = App::start().await;
    let now = app.clock.now();
    app.contacts.tell(rotated(&app, "second", now).await).await;
    app.until("second", StatusCode::OK).await;

    app.contacts.tell(disconnected(now)).await;
    app.until("second", StatusCode::NOT_FOUND).await;
    assert_eq!(app.answer(CHANNEL_SECRET).await, StatusCode::NOT_FOUND);

    app.contacts
        .tell(reconnected(&app, "fourth", now).await)
        .await;
    app.until("fourth", StatusCode::OK).await;
    for secret in [CHANNEL_SECRET, "second"] {
        let answer = app.answer(secret).await;
        assert_eq!(answer, StatusCode::UNAUTHORIZED, "{secret} came back");
    }
}

/// An account that was connected before its page's own id was kept here.
#[tokio::test]
async fn a_log_that_is_read_anew_tells_the_page_of_an_account_that_is_known() {
    let app = App::start().await;
    sqlx::query("UPDATE accounts SET channel_account_id = '', version = 5")
        .execute(&app.pool)
        .await
        .unwrap();
    let connected = AccountConnected {
        account_id: to_bytes(ACCOUNT),
        channel: Channel::Messenger.into(),
        channel_account_id: "1093".to_owned(),
        ..AccountConnected::default()
    };
    app.contacts.tell(connected.into()).await;
    eventually("the page is known", async || {
        let query = "SELECT (channel_account_id, version, channel)::text FROM accounts WHERE account_id = $1";
        let known = sqlx::query_scalar(query).bind(ACCOUNT);
        let known: String = known.fetch_one(&app.pool).await.unwrap();
        // Nothing else of it is older than what was known.
        (known == format!("(1093,5,{})", i32::from(Channel::Line))).then_some(())
    })
    .await;
}

/// A read model that follows the log anew, on rows that it has, begins with what is long over.
#[tokio::test]
async fn what_is_older_than_what_is_known_changes_nothing() {
    let app = App::start().await;
    let now = app.clock.now();
    sqlx::query("UPDATE accounts SET version = 2, disconnected_at = now()")
        .execute(&app.pool)
        .await
        .unwrap();
    app.contacts.tell(rotated(&app, "first", now).await).await;
    app.contacts
        .tell(reconnected(&app, "second", now).await)
        .await;
    eventually("both events are read", async || {
        let read: Option<i64> =
            sqlx::query_scalar("SELECT max(position) FROM checkpoints WHERE consumer = 'accounts'")
                .fetch_one(&app.pool)
                .await
                .unwrap();
        (read == Some(2)).then_some(())
    })
    .await;
    assert_eq!(app.answer("second").await, StatusCode::NOT_FOUND);
    app.contacts
        .tell(reconnected(&app, "third", now).await)
        .await;
    app.until("third", StatusCode::OK).await;
    assert_eq!(app.answer("first").await, StatusCode::UNAUTHORIZED);
}

impl App {
    /// What LINE's check of the webhook is answered, if it is signed with this secret.
    async fn answer(&self, secret: &str) -> StatusCode {
        post(self, ACCOUNT, CHECK, sign(secret, CHECK)).await
    }

    async fn until(&self, secret: &str, status: StatusCode) {
        eventually("the event is known", async || {
            (self.answer(secret).await == status).then_some(())
        })
        .await;
    }
}

async fn rotated(app: &App, secret: &str, at: DateTime<Utc>) -> AccountEvent {
    AccountEvent::CredentialsRotated(AccountCredentialsRotated {
        account_id: to_bytes(ACCOUNT),
        channel: Channel::Line.into(),
        sealed_credentials: app.sealed(secret).await,
        rotated_at: Some(to_timestamp(at)),
        previous_valid_until: Some(to_timestamp(at + TimeDelta::hours(24))),
    })
}

fn disconnected(at: DateTime<Utc>) -> AccountEvent {
    AccountEvent::Disconnected(AccountDisconnected {
        account_id: to_bytes(ACCOUNT),
        channel: Channel::Line.into(),
        disconnected_at: Some(to_timestamp(at)),
    })
}

async fn reconnected(app: &App, secret: &str, at: DateTime<Utc>) -> AccountEvent {
    AccountEvent::Reconnected(AccountReconnected {
        account_id: to_bytes(ACCOUNT),
        channel: Channel::Line.into(),
        sealed_credentials: app.sealed(secret).await,
        reconnected_at: Some(to_timestamp(at)),
    })
}
