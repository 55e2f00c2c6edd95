use std::time::{Duration, Instant};

use simulator::{Endpoint, Fault, FaultKind, Outcome};
use uuid::Uuid;

use crate::app::{App, answer, user, users};

#[tokio::test]
async fn a_dropped_answer_may_hide_a_delivery() {
    let app = App::start().await;
    app.fault(Fault::new(FaultKind::DropAfterAccept).times(1))
        .await;
    let key = Uuid::new_v4();
    let dropped = app.multicast_under(key, &users(2)).send().await;
    assert!(!dropped.unwrap_err().is_timeout());
    assert_eq!(app.totals().await.people_received, 2);

    let again = answer(app.multicast_under(key, &users(2))).await;
    assert_eq!(again.status, 409);
    assert!(again.header("x-line-accepted-request-id").is_some());
    let totals = app.totals().await;
    assert_eq!(totals.max_per_person, 1);
    assert_eq!(totals.answered(Endpoint::Multicast, Outcome::Dropped), 1);
}

#[tokio::test]
async fn a_dropped_answer_may_hide_nothing() {
    let app = App::start().await;
    app.fault(Fault::new(FaultKind::DropBeforeAccept).times(1))
        .await;
    let key = Uuid::new_v4();
    app.multicast_under(key, &users(2))
        .send()
        .await
        .unwrap_err();
    assert_eq!(app.totals().await.people_received, 0);
    assert_eq!(
        answer(app.multicast_under(key, &users(2))).await.status,
        200
    );
}

#[tokio::test]
async fn an_error_of_the_server_may_come_after_the_delivery() {
    let app = App::start().await;
    app.fault(Fault::new(FaultKind::ErrorAfterAccept).times(1))
        .await;
    let key = Uuid::new_v4();
    assert_eq!(
        answer(app.multicast_under(key, &users(2))).await.status,
        500
    );
    assert_eq!(app.totals().await.people_received, 2);
    assert_eq!(
        answer(app.multicast_under(key, &users(2))).await.status,
        409
    );
}

#[tokio::test]
async fn a_slow_answer_is_accepted_before_it_is_given() {
    let app = App::start().await;
    let delay_ms = 300;
    app.fault(Fault::new(FaultKind::SlowAnswer { delay_ms }).times(1))
        .await;
    let key = Uuid::new_v4();
    let impatient = app
        .multicast_under(key, &users(1))
        .timeout(Duration::from_millis(50));
    assert!(impatient.send().await.unwrap_err().is_timeout());
    assert_eq!(
        answer(app.multicast_under(key, &users(1))).await.status,
        409
    );

    app.fault(Fault::new(FaultKind::SlowAnswer { delay_ms }).times(1))
        .await;
    let asked = Instant::now();
    assert_eq!(answer(app.multicast(&users(1))).await.status, 200);
    assert!(asked.elapsed() >= Duration::from_millis(delay_ms));
}

#[tokio::test]
async fn refusals_can_be_had_without_a_cause() {
    let app = App::start().await;
    for (kind, status, message) in [
        (FaultKind::Unauthorized, 401, "Authentication failed"),
        (FaultKind::Forbidden, 403, "Access to this API"),
        (FaultKind::RateLimited, 429, "The API rate limit"),
        (
            FaultKind::MonthlyLimit,
            429,
            "You have reached your monthly",
        ),
    ] {
        app.fault(Fault::new(kind).times(1)).await;
        let refused = answer(app.multicast(&users(1))).await;
        assert_eq!(refused.status, status);
        assert!(refused.message().starts_with(message), "{refused:?}");
        assert_eq!(answer(app.multicast(&users(1))).await.status, 200);
    }
}

#[tokio::test]
async fn a_fault_keeps_to_its_endpoint_and_its_requests() {
    let app = App::start().await;
    let fault = Fault::new(FaultKind::ErrorBeforeAccept);
    app.fault(fault.at(Endpoint::Multicast).skipping(1).times(1))
        .await;
    assert_eq!(answer(app.push(user(1))).await.status, 200);
    assert_eq!(answer(app.multicast(&users(1))).await.status, 200);
    assert_eq!(answer(app.multicast(&users(1))).await.status, 500);
    assert_eq!(answer(app.multicast(&users(1))).await.status, 200);

    app.fault(Fault::new(FaultKind::Forbidden).at(Endpoint::Quota))
        .await;
    assert_eq!(answer(app.get("/v2/bot/message/quota")).await.status, 403);
}

#[tokio::test]
async fn a_probability_strikes_the_same_requests_under_the_same_seed() {
    let app = App::start().await;
    let mut runs = Vec::new();
    for _ in 0..2 {
        app.fault(Fault::new(FaultKind::ErrorBeforeAccept).with_probability(0.5))
            .await;
        let mut statuses = Vec::new();
        for _ in 0..20 {
            statuses.push(answer(app.multicast(&users(1))).await.status);
        }
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].contains(&200) && runs[0].contains(&500));
}
