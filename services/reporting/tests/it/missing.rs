//! A number without a source is missing, with the reason, and never 0.

use std::collections::BTreeMap;

use proto::reporting::v1::BroadcastReport;
use uuid::Uuid;

use crate::{
    facts::{Facts, half_day},
    projector::projected,
    reader::Reader,
};

async fn report(facts: &Facts, broadcast: Uuid) -> BroadcastReport {
    let database = projected(facts).await;
    Reader::new(&database.pool, facts.team)
        .report(broadcast)
        .await
        .unwrap()
}

fn reasons(report: &BroadcastReport) -> BTreeMap<&str, &str> {
    let each = report
        .missing
        .iter()
        .map(|missing| (missing.field.as_str(), missing.reason.as_str()));
    each.collect()
}

#[tokio::test]
async fn before_the_shop_has_told_of_any_order_orders_are_not_connected() {
    let mut facts = Facts::of_a_team();
    let broadcast = facts.sent_to(10);
    let report = report(&facts, broadcast).await;
    let expected = BTreeMap::from([
        ("delivered", "CHANNEL_DOES_NOT_TELL"),
        ("delivery_open", "CHANNEL_DOES_NOT_TELL"),
        ("read", "CHANNEL_DOES_NOT_TELL"),
        ("orders", "SITE_TRACKING_NOT_CONNECTED"),
        ("revenue", "SITE_TRACKING_NOT_CONNECTED"),
        ("roas", "SITE_TRACKING_NOT_CONNECTED"),
    ]);
    assert_eq!(reasons(&report), expected);
    assert_eq!(
        (report.orders, report.roas, report.delivered),
        (None, None, None)
    );
    assert_eq!(report.clicked, Some(0));
    assert_eq!(report.cost.unwrap().minor_units, 200);
}

#[tokio::test]
async fn an_order_from_anywhere_connects_the_team() {
    let mut facts = Facts::of_a_team();
    let broadcast = facts.sent_to(10);
    facts.ordered(Uuid::now_v7(), half_day(5), 100);
    facts.orders[0].visitor = None;
    let report = report(&facts, broadcast).await;
    assert_eq!(report.orders, Some(0));
    assert!(report.revenue.is_empty());
    assert_eq!(report.roas.as_deref(), Some("0.00"));
}

#[tokio::test]
async fn a_country_without_a_price_has_no_cost() {
    let mut facts = Facts::of_a_team();
    facts.accounts[0].connections[0].country = "FR";
    let broadcast = facts.sent_to(10);
    facts.ordered(Uuid::now_v7(), half_day(5), 100);
    let report = report(&facts, broadcast).await;
    assert_eq!(reasons(&report)["cost"], "NO_PRICE");
    assert_eq!(reasons(&report)["roas"], "NO_PRICE");
    assert_eq!(report.cost, None);
}

#[tokio::test]
async fn revenue_and_cost_of_different_currencies_have_no_ratio() {
    let mut facts = Facts::of_a_team();
    facts.accounts[0].connections[0].country = "JP";
    let broadcast = facts.sent_to(10);
    let visitor = Uuid::now_v7();
    facts.clicked(broadcast, visitor, half_day(4));
    facts.ordered(visitor, half_day(5), 100);
    let report = report(&facts, broadcast).await;
    assert_eq!(reasons(&report)["roas"], "CURRENCIES_DIFFER");
    assert_eq!(report.revenue[0].currency, "TWD");
    assert_eq!(report.cost.unwrap().minor_units, 30);
}

#[tokio::test]
async fn without_a_tracked_link_clicks_are_missing() {
    let mut facts = Facts::of_a_team();
    let broadcast = facts.sent_to(10);
    facts.broadcasts[0].links = 0;
    let report = report(&facts, broadcast).await;
    assert_eq!(reasons(&report)["clicked"], "NO_TRACKED_LINK");
    assert_eq!((report.clicked, report.ctr), (None, None));
}

/// One team's shop never keeps another team's reports from going on.
#[tokio::test]
async fn a_sum_that_cannot_be_told_is_missing_and_the_rest_is_told() {
    let mut facts = Facts::of_a_team();
    let broadcast = facts.sent_to(10);
    let visitor = Uuid::now_v7();
    facts.clicked(broadcast, visitor, half_day(4));
    facts.ordered(visitor, half_day(5), i64::MAX);
    facts.ordered(visitor, half_day(5), i64::MAX);
    let report = report(&facts, broadcast).await;
    assert_eq!(report.orders, Some(2));
    assert_eq!(reasons(&report)["revenue"], "OUT_OF_RANGE");
    assert_eq!(reasons(&report)["roas"], "OUT_OF_RANGE");
    assert_eq!(report.cost.unwrap().minor_units, 200);
}

#[tokio::test]
async fn a_currency_that_nobody_knows_is_told_as_the_shop_said() {
    let mut facts = Facts::of_a_team();
    facts.accounts[0].connections[0].own_price = Some(("ABC", 1));
    let broadcast = facts.sent_to(10);
    let visitor = Uuid::now_v7();
    facts.clicked(broadcast, visitor, half_day(4));
    facts.ordered(visitor, half_day(5), 7);
    facts.orders[0].currency = "ABC";
    let report = report(&facts, broadcast).await;
    assert_eq!(reasons(&report)["cost"], "NO_PRICE");
    assert_eq!(
        (
            report.revenue[0].currency.as_str(),
            report.revenue[0].minor_units
        ),
        ("ABC", 7)
    );
}
