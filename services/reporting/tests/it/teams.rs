//! A team sees nothing of another's.

use bootstrap::reason;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    facts::{Facts, half_day},
    projector::projected,
    reader::{EVERY_LIST, Reader},
};

fn assert_not_found(status: &Status) {
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(reason(status).as_deref(), Some("BROADCAST_NOT_FOUND"));
}

#[tokio::test]
async fn another_teams_broadcast_is_not_found() {
    let mut facts = Facts::of_a_team();
    let broadcast = facts.sent_to(3);
    let database = projected(&facts).await;
    let stranger = Reader::new(&database.pool, Uuid::now_v7());

    assert_not_found(&stranger.report(broadcast).await.unwrap_err());
    for list in EVERY_LIST {
        let refused = stranger
            .recipients_page(broadcast, list, 10, String::new())
            .await;
        assert_not_found(&refused.unwrap_err());
    }
    assert_not_found(
        &stranger
            .orders_page(broadcast, 10, String::new())
            .await
            .unwrap_err(),
    );
    assert!(stranger.reports(10).await.is_empty());
}

/// The same browser may have bought from two teams.
#[tokio::test]
async fn an_order_of_one_team_never_goes_to_a_click_of_another() {
    let visitor = Uuid::now_v7();
    let (mut one, mut other) = (Facts::of_a_team(), Facts::of_a_team());
    let (clicked, unclicked) = (one.sent_to(1), other.sent_to(1));
    one.clicked(clicked, visitor, half_day(4));
    other.ordered(visitor, half_day(5), 100);

    let database = projected(&one).await;
    crate::projector::project(&database.pool, &other).await;
    let report = Reader::new(&database.pool, one.team)
        .report(clicked)
        .await
        .unwrap();
    assert_eq!((report.clicked, report.orders), (Some(1), None));
    let report = Reader::new(&database.pool, other.team)
        .report(unclicked)
        .await
        .unwrap();
    assert_eq!((report.clicked, report.orders), (Some(0), Some(0)));
}
