//! Which broadcast an order goes to, whatever arrives first.

use chrono::TimeDelta;
use proto::reporting::v1::RecipientStatus;
use rand::{SeedableRng as _, rngs::StdRng};
use test_support::{Database, TestDatabase};
use uuid::Uuid;

use crate::{
    facts::{Facts, half_day},
    journal::Journal,
    projector::{concurrently, projected},
    reader::Reader,
    self_check::assert_consistent,
};

/// Orders and revenue of a broadcast.
async fn earned(reader: &Reader, broadcast: Uuid) -> (i64, i64) {
    let report = reader.report(broadcast).await.unwrap();
    let revenue = report
        .revenue
        .first()
        .map_or(0, |revenue| revenue.minor_units);
    (report.orders.unwrap(), revenue)
}

#[tokio::test]
async fn an_order_goes_to_the_last_broadcast_that_was_clicked_before_it() {
    let mut facts = Facts::of_a_team();
    let (first, second, third) = (facts.sent_to(1), facts.sent_to(1), facts.sent_to(1));
    let visitor = Uuid::now_v7();
    facts.clicked(first, visitor, half_day(4));
    facts.clicked(second, visitor, half_day(5));
    facts.clicked(third, visitor, half_day(7));
    facts.ordered(visitor, half_day(6), 1_000);

    let database = projected(&facts).await;
    let reader = Reader::new(&database.pool, facts.team);
    assert_eq!(earned(&reader, first).await, (0, 0));
    assert_eq!(earned(&reader, second).await, (1, 1_000));
    assert_eq!(earned(&reader, third).await, (0, 0));
}

#[tokio::test]
async fn an_order_after_the_window_goes_to_nobody() {
    let mut facts = Facts::of_a_team();
    let broadcast = facts.sent_to(1);
    let visitor = Uuid::now_v7();
    facts.clicked(broadcast, visitor, half_day(4));
    facts.ordered(visitor, half_day(4 + 14), 1);
    facts.ordered(visitor, half_day(4 + 14) + TimeDelta::microseconds(1), 10);

    let database = projected(&facts).await;
    let reader = Reader::new(&database.pool, facts.team);
    assert_eq!(earned(&reader, broadcast).await, (1, 1));
}

#[tokio::test]
async fn crawlers_and_other_browsers_do_not_count() {
    let mut facts = Facts::of_a_team();
    let broadcast = facts.sent_to(2);
    let (crawler, person) = (Uuid::now_v7(), Uuid::now_v7());
    facts.clicked(broadcast, crawler, half_day(4));
    facts.clicks[0].by_person = false;
    facts.clicked(broadcast, person, half_day(4));
    facts.clicked(broadcast, person, half_day(5));
    facts.ordered(crawler, half_day(6), 1);
    facts.ordered(Uuid::now_v7(), half_day(6), 10);

    let database = projected(&facts).await;
    let reader = Reader::new(&database.pool, facts.team);
    let report = reader.report(broadcast).await.unwrap();
    assert_eq!(report.clicked, Some(1));
    assert_eq!(report.ctr, Some(0.5));
    assert_eq!(report.orders, Some(0));
    assert_eq!(report.roas.as_deref(), Some("0.00"));
}

#[tokio::test]
async fn whoever_has_links_of_their_own_counts_once_in_whatever_browsers() {
    let mut facts = Facts::of_a_team();
    let broadcast = facts.sent_to(4);
    let (person, other) = (Uuid::now_v7(), Uuid::now_v7());
    let browser = Uuid::now_v7();
    facts.clicked(broadcast, Uuid::now_v7(), half_day(5));
    facts.clicked(broadcast, Uuid::now_v7(), half_day(4));
    // One browser for two people, who count each.
    facts.clicked(broadcast, browser, half_day(6));
    facts.clicked(broadcast, browser, half_day(6));
    for (click, contact) in (0..).zip([person, person, person, other]) {
        let click: usize = click;
        facts.clicks[click].contact = Some(contact);
    }
    let database = projected(&facts).await;
    let reader = Reader::new(&database.pool, facts.team);
    let report = reader.report(broadcast).await.unwrap();
    assert_eq!(report.clicked, Some(2));
    let clicked = RecipientStatus::Clicked;
    let listed = reader.recipients(broadcast, clicked, 10).await.unwrap();
    let mut named: Vec<String> = listed
        .iter()
        .map(|recipient| recipient.contact_id.clone())
        .collect();
    named.sort_unstable();
    let mut expected = [person.to_string(), other.to_string()];
    expected.sort_unstable();
    assert_eq!(named, expected);
    assert!(listed.iter().all(|one| one.visitor_id.is_empty()));
}

/// Each would miss the other, were a browser not locked while its orders are attributed.
#[tokio::test]
async fn clicks_and_orders_that_are_projected_at_the_same_time_find_each_other() {
    let database = TestDatabase::create(Database::Reporting).await;
    for seed in 0..20 {
        let mut facts = Facts::of_a_team();
        let broadcast = facts.sent_to(1);
        for _ in 0..20 {
            let visitor = Uuid::now_v7();
            facts.clicked(broadcast, visitor, half_day(4));
            facts.ordered(visitor, half_day(5), 1);
        }
        let mut rng = StdRng::seed_from_u64(seed);
        let journal = Journal::of(&facts, &mut rng);
        concurrently(&database.pool, &journal, &mut rng).await;
        let reader = Reader::new(&database.pool, facts.team);
        assert_eq!(earned(&reader, broadcast).await, (20, 20), "seed {seed}");
    }
    assert_consistent(&database.pool).await;
}
