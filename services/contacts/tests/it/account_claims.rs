//! A channel's own account is connected once in a team.

use bootstrap::reason;
use futures_util::future::join_all;
use proto::common::v1::Channel;
use tonic::Code;

use crate::{
    account_requests::{account_of, secrets},
    app::{App, Team},
};

#[tokio::test]
async fn what_is_connected_is_not_connected_a_second_time() {
    let app = App::start().await;
    let mut team = app.team();
    let page = || account_of(Channel::Messenger, "1093");
    let first = team
        .connect(page())
        .await
        .unwrap()
        .account
        .unwrap()
        .account_id;
    let refused = team.connect(page()).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    assert_eq!(
        reason(&refused).as_deref(),
        Some("CHANNEL_ACCOUNT_CONNECTED")
    );
    assert!(refused.message().contains(&first), "{refused}");

    // Another channel's account has the same id by chance; another team's is another matter.
    team.connect(account_of(Channel::Whatsapp, "1093"))
        .await
        .unwrap();
    app.team().connect(page()).await.unwrap();
    // LINE's is not known, and not compared.
    team.connect(account_of(Channel::Line, "")).await.unwrap();
    team.connect(account_of(Channel::Line, "")).await.unwrap();
}

#[tokio::test]
async fn what_was_disconnected_may_be_connected_as_another_and_not_back_again() {
    let app = App::start().await;
    let mut team = app.team();
    let first = account_of(Channel::Email, "shop@example.com");
    let second = || account_of(Channel::Email, "Shop@Example.com");
    let old = team.connect(first.clone()).await.unwrap().account.unwrap();
    assert!(team.connect(second()).await.is_err());
    team.disconnect(&old.account_id).await.unwrap();
    let new = team.connect(second()).await.unwrap().account.unwrap();

    let again = secrets(Channel::Email, "again");
    let refused = team
        .reconnect(&old.account_id, again.clone())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    // Nor does a repeat of the first request take anything away.
    assert_eq!(
        team.connect(first).await.unwrap().account,
        Some(old.clone())
    );
    assert!(team.connect(second()).await.is_err());

    team.disconnect(&new.account_id).await.unwrap();
    team.reconnect(&old.account_id, again).await.unwrap();
}

#[tokio::test]
async fn of_many_who_connect_it_at_the_same_time_one_does() {
    let app = App::start().await;
    let team = app.team();
    for page in 1..=5 {
        let connect = async |mut team: Team| {
            let request = account_of(Channel::Messenger, &page.to_string());
            team.connect(request).await
        };
        let teams = [(); 8].map(|()| app.same_team(&team));
        let answers = join_all(teams.map(connect)).await;
        let (connected, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(connected.len(), 1);
        for refused in refused {
            let code = refused.unwrap_err().code();
            assert!(
                matches!(code, Code::AlreadyExists | Code::Aborted),
                "{code}"
            );
        }
    }
}

/// Its process died before it was known whether anything took effect.
#[tokio::test]
async fn a_claim_that_was_left_is_free_after_a_minute() {
    let app = App::start().await;
    let mut team = app.team();
    let page = || account_of(Channel::Messenger, "1093");
    sqlx::query(
        "INSERT INTO account_claims VALUES ($1, $2, '1093', gen_random_uuid(), clock_timestamp(), true)",
    )
    .bind(team.id)
    .bind(i32::from(Channel::Messenger))
    .execute(&app.database.pool)
    .await
    .unwrap();
    let refused = team.connect(page()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Aborted);
    sqlx::query("UPDATE account_claims SET claimed_at = claimed_at - interval '61 seconds'")
        .execute(&app.database.pool)
        .await
        .unwrap();
    team.connect(page()).await.unwrap();
    assert_eq!(
        team.connect(page()).await.unwrap_err().code(),
        Code::AlreadyExists
    );
}
