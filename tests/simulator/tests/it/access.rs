use serde_json::json;
use simulator::{ChannelSettings, UserState};
use uuid::Uuid;

use crate::app::{App, CHANNEL, answer, text, user, users};

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let app = App::start().await;
    let first = answer(app.multicast(&users(1))).await;
    let second = answer(app.get("/v2/bot/nowhere")).await;
    let ids: Vec<Uuid> = [&first, &second]
        .map(|answer| answer.header("x-line-request-id").unwrap().parse().unwrap())
        .into();
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn an_unknown_token_is_unauthorized() {
    let app = App::start().await;
    let url = format!("{}/v2/bot/info", app.simulator.url());
    let stranger = reqwest::get(url).await.unwrap();
    assert_eq!(stranger.status(), 401);
    assert!(stranger.headers().contains_key("x-line-request-id"));
}

#[tokio::test]
async fn a_token_leads_to_its_own_channel() {
    let app = App::start().await;
    let other = ChannelSettings {
        access_token: "another".to_owned(),
        ..ChannelSettings::default()
    };
    app.control.set_channel("other", &other).await.unwrap();
    answer(app.multicast(&users(3))).await;
    assert_eq!(app.totals().await.people_received, 3);
    assert_eq!(
        app.control.totals("other").await.unwrap().people_received,
        0
    );
}

#[tokio::test]
async fn a_channel_can_be_denied_everything() {
    let app = App::with(ChannelSettings {
        forbidden: true,
        ..ChannelSettings::default()
    })
    .await;
    let refused = answer(app.multicast(&users(1))).await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.message(),
        "Access to this API is not available for your account"
    );
}

#[tokio::test]
async fn a_friends_profile_can_be_read_and_nobody_elses() {
    let app = App::start().await;
    app.set_state(user(2), UserState::Blocked).await;
    app.set_state(user(3), UserState::Nonexistent).await;
    let profile = |number| answer(app.get(&format!("/v2/bot/profile/{}", user(number))));
    assert_eq!(profile(1).await.body["userId"], json!(user(1)));
    assert_eq!(profile(2).await.status, 404);
    assert_eq!(profile(3).await.status, 404);
    assert_eq!(answer(app.get("/v2/bot/profile/U12")).await.status, 400);
}

#[tokio::test]
async fn the_account_tells_who_it_is() {
    let app = App::start().await;
    let settings = ChannelSettings {
        access_token: "again".to_owned(),
        ..ChannelSettings::default()
    };
    let info = answer(app.get("/v2/bot/info")).await.body;
    let channel = app.control.set_channel(CHANNEL, &settings).await.unwrap();
    assert_eq!(info["userId"], json!(channel.bot_user_id));
    assert_eq!(info["chatMode"], "bot");
}

#[tokio::test]
async fn no_path_but_the_exact_one_is_known() {
    let app = App::start().await;
    let body = json!({ "to": [user(1)], "messages": [text("hello")] });
    for path in ["/v2/bot/message/multicast/", "//v2/bot/message/multicast"] {
        assert_eq!(answer(app.post(path, &body)).await.status, 404, "{path}");
    }
    let got = answer(app.get("/v2/bot/message/multicast")).await;
    assert_eq!(got.status, 404);
    assert_eq!(got.message(), "Not found");
}
