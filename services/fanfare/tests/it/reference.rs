//! The demo's numbers from its files and the simulator's record, by plain loops.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use simulator::{Acted, UserId};

const CONTACTS: &str = include_str!("../../../../tests/data/contacts.csv");
const ORDERS: &str = include_str!("../../../../tests/data/orders.csv");
const WINDOW: TimeDelta = TimeDelta::days(7);
/// What the demo's shop pays for a message, in millionths of a dollar.
const PRICE_MICROS: i64 = 6_500;

#[derive(Debug, Deserialize)]
struct Contact {
    channel: String,
    external_id: String,
    member_no: String,
    tags: String,
}

#[derive(Debug, Deserialize)]
struct Order {
    member_no: String,
    ordered_at: DateTime<Utc>,
    amount: String,
}

/// What the report has to say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) audience: i64,
    pub(crate) blocked: i64,
    pub(crate) clicked: i64,
    pub(crate) orders: i64,
    pub(crate) revenue_cents: i64,
    pub(crate) cost_cents: i64,
    pub(crate) roas: String,
}

pub(crate) fn expected(
    received: &BTreeMap<UserId, u32>,
    acted: &Acted,
    started_at: DateTime<Utc>,
) -> Expected {
    let contacts: Vec<Contact> = rows(CONTACTS);
    let orders: Vec<Order> = rows(ORDERS);
    let mut members = HashMap::new();
    let (mut audience, mut blocked) = (0, 0);
    for contact in contacts.iter().filter(|contact| contact.channel == "line") {
        let tags: Vec<&str> = contact.tags.split('|').collect();
        let meant = tags.contains(&"repeat") && !tags.contains(&"vip");
        let user: UserId = UserId::parse(&contact.external_id).unwrap();
        let got = received.get(&user).copied().unwrap_or_default();
        assert!(got == 0 || (meant && got == 1), "{user:?} got {got}");
        audience += i64::from(got);
        blocked += i64::from(meant && got == 0);
        members.insert(user, contact.member_no.as_str());
    }

    let anchor = busiest_week(&orders);
    let (mut attributed, mut revenue_cents) = (0, 0);
    for (user, clicked) in &acted.by_user {
        // The demo's clock was a week behind while people clicked.
        let clicked_at =
            DateTime::from_timestamp_millis(clicked.clicked_at_ms.try_into().unwrap()).unwrap();
        let clicked_at = clicked_at - WINDOW;
        for order in orders
            .iter()
            .filter(|order| order.member_no == members[user])
        {
            let placed_at = started_at + (order.ordered_at - anchor);
            if placed_at >= clicked_at && placed_at <= started_at + WINDOW {
                attributed += 1;
                revenue_cents += cents(&order.amount);
            }
        }
    }
    let cost_cents = (audience * PRICE_MICROS + 5_000) / 10_000;
    let hundredths = (revenue_cents * 200 + cost_cents) / (cost_cents * 2);
    Expected {
        audience,
        blocked,
        clicked: i64::try_from(acted.by_user.len()).unwrap(),
        orders: attributed,
        revenue_cents,
        cost_cents,
        roas: format!("{}.{:02}", hundredths / 100, hundredths % 100),
    }
}

fn rows<T: for<'de> Deserialize<'de>>(text: &str) -> Vec<T> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .map(Result::unwrap)
        .collect()
}

/// When the seven days with most orders begin: the earliest such order.
fn busiest_week(orders: &[Order]) -> DateTime<Utc> {
    let mut starts: Vec<DateTime<Utc>> = orders.iter().map(|order| order.ordered_at).collect();
    starts.sort_unstable();
    starts.dedup();
    let within = |start: DateTime<Utc>| {
        let week = start..start + TimeDelta::days(7);
        orders
            .iter()
            .filter(|order| week.contains(&order.ordered_at))
            .count()
    };
    let most = starts.iter().map(|start| within(*start)).max().unwrap();
    starts
        .into_iter()
        .find(|start| within(*start) == most)
        .unwrap()
}

fn cents(amount: &str) -> i64 {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
    let fraction = format!("{fraction:0<2}");
    whole.parse::<i64>().unwrap() * 100 + fraction.parse::<i64>().unwrap()
}
