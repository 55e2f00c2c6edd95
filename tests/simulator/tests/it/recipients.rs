use serde_json::json;
use simulator::{ChannelSettings, NonexistentMode, Population, UserState};

use crate::app::{App, CHANNEL, answer, text, user, users};

#[tokio::test]
async fn a_multicast_reaches_each_of_500_people_once() {
    let app = App::start().await;
    assert_eq!(answer(app.multicast(&users(500))).await.status, 200);
    let deliveries = app.control.deliveries(CHANNEL).await.unwrap();
    assert_eq!(deliveries.len(), 500);
    assert!(deliveries.values().all(|count| *count == 1));
}

#[tokio::test]
async fn none_and_501_people_are_refused() {
    let app = App::start().await;
    for count in [0, 501] {
        let refused = answer(app.multicast(&users(count))).await;
        assert_eq!(refused.status, 400);
        assert_eq!(
            refused.body["details"][0],
            json!({ "message": "Size must be between 1 and 500", "property": "to" })
        );
    }
}

#[tokio::test]
async fn one_bad_id_keeps_a_multicast_from_everyone() {
    let app = App::start().await;
    for bad in [json!("Cxx"), json!(null), json!(7), json!({ "id": [1] })] {
        let body = json!({ "to": [user(1), bad], "messages": [text("x")] });
        let refused = answer(app.post("/v2/bot/message/multicast", &body)).await;
        assert_eq!(refused.status, 400);
        assert_eq!(
            refused.message(),
            "The property, to[1], in the request body is invalid (line: -, column: -)"
        );
    }
    assert_eq!(app.totals().await.deliveries, 0);
}

#[tokio::test]
async fn a_push_tells_the_ids_of_its_messages() {
    let app = App::start().await;
    let pushed = answer(app.push(user(1))).await;
    assert_eq!(pushed.status, 200);
    let sent = pushed.body["sentMessages"].as_array().unwrap();
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[0]["id"], sent[1]["id"]);

    let body = json!({ "to": "nobody", "messages": [text("x")] });
    let refused = answer(app.post("/v2/bot/message/push", &body)).await;
    assert_eq!(
        refused.message(),
        "The property, 'to', in the request body is invalid (line: -, column: -)"
    );
}

#[tokio::test]
async fn who_blocked_the_account_gets_nothing_and_is_not_told_of() {
    let app = App::start().await;
    app.set_state(user(1), UserState::Blocked).await;
    assert_eq!(answer(app.multicast(&users(3))).await.status, 200);
    assert_eq!(answer(app.push(user(1))).await.status, 200);

    let totals = app.totals().await;
    assert_eq!((totals.people_received, totals.undelivered), (2, 2));
    assert_eq!(totals.used, 2);
    assert_eq!(
        app.control.deliveries(CHANNEL).await.unwrap().get(&user(1)),
        None
    );
}

#[tokio::test]
async fn nobodys_id_is_passed_over_in_silence() {
    let app = App::start().await;
    app.set_state(user(1), UserState::Nonexistent).await;
    assert_eq!(answer(app.multicast(&users(3))).await.status, 200);
    assert_eq!(app.totals().await.people_received, 2);
}

#[tokio::test]
async fn nobodys_id_is_named() {
    let app = App::with(ChannelSettings {
        nonexistent: NonexistentMode::Named,
        ..ChannelSettings::default()
    })
    .await;
    app.set_state(user(2), UserState::Nonexistent).await;
    let refused = answer(app.multicast(&users(3))).await;
    assert_eq!(refused.status, 400);
    assert!(refused.message().starts_with("The property, to[2], in"));
    assert_eq!(app.totals().await.people_received, 0);
}

#[tokio::test]
async fn nobodys_id_fails_the_send_without_a_name() {
    let app = App::with(ChannelSettings {
        nonexistent: NonexistentMode::Unnamed,
        ..ChannelSettings::default()
    })
    .await;
    app.set_state(user(2), UserState::Nonexistent).await;
    for refused in [
        answer(app.multicast(&users(3))).await,
        answer(app.push(user(2))).await,
    ] {
        assert_eq!(refused.status, 400);
        assert_eq!(refused.message(), "Failed to send messages");
    }
    assert_eq!(app.totals().await.people_received, 0);
}

#[tokio::test]
async fn who_is_named_twice_gets_it_twice() {
    let app = App::start().await;
    answer(app.multicast(&[user(1), user(1), user(2)])).await;
    let totals = app.totals().await;
    assert_eq!(totals.duplicate_recipients, 1);
    assert_eq!(totals.max_per_person, 2);
    assert_eq!(totals.max_copies_per_person, 2);
}

#[tokio::test]
async fn a_seed_decides_who_has_blocked_the_account() {
    let app = App::start().await;
    let population = Population {
        seed: 5,
        blocked_probability: 0.2,
        ..Population::default()
    };
    app.control
        .set_population(CHANNEL, &population)
        .await
        .unwrap();
    answer(app.multicast(&users(500))).await;
    let first = app.control.deliveries(CHANNEL).await.unwrap();
    assert!((350..450).contains(&first.len()), "{}", first.len());

    app.control.reset().await.unwrap();
    answer(app.multicast(&users(500))).await;
    assert_eq!(app.control.deliveries(CHANNEL).await.unwrap(), first);
}

#[tokio::test]
async fn what_a_person_got_can_be_read_back() {
    let app = App::start().await;
    let first = answer(app.multicast(&users(2))).await;
    answer(app.push(user(1))).await;
    let got = app.control.deliveries_to(CHANNEL, user(1)).await.unwrap();
    assert_eq!(got.len(), 2);
    assert_eq!(
        first.header("x-line-request-id").unwrap(),
        got[0].request_id.to_string()
    );
    assert_eq!(got[0].messages.get(), r#"[{"text":"hello","type":"text"}]"#);
}
