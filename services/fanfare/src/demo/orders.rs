use std::collections::HashMap;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::sample::OrderRow;

/// An order as the shop sends it.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub(crate) struct ShopOrder {
    order_id: String,
    placed_at: DateTime<Utc>,
    currency: String,
    amount_minor: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    visitor_id: Option<String>,
    member_number: String,
}

/// The real orders, moved in time: the week that had most of them begins when the broadcast
/// starts. Those that lie after `now` have not happened yet.
pub(crate) fn shifted(
    rows: &[OrderRow],
    started_at: DateTime<Utc>,
    now: DateTime<Utc>,
    visitors: &HashMap<String, String>,
) -> anyhow::Result<Vec<ShopOrder>> {
    let Some(anchor) = busiest_week(rows) else {
        return Ok(Vec::new());
    };
    rows.iter()
        .map(|row| (row, started_at + (row.ordered_at - anchor)))
        .filter(|(_, placed_at)| *placed_at <= now)
        .map(|(row, placed_at)| {
            Ok(ShopOrder {
                order_id: row.order_id.clone(),
                placed_at,
                currency: row.currency.clone(),
                amount_minor: cents(&row.amount)
                    .with_context(|| format!("the amount of order {}", row.order_id))?,
                visitor_id: visitors.get(&row.member_no).cloned(),
                member_number: row.member_no.clone(),
            })
        })
        .collect()
}

/// When the seven days with most orders begin; the earliest of several.
fn busiest_week(rows: &[OrderRow]) -> Option<DateTime<Utc>> {
    let mut times: Vec<DateTime<Utc>> = rows.iter().map(|row| row.ordered_at).collect();
    times.sort_unstable();
    let mut busiest = None;
    let mut end = 0;
    for (start, first) in times.iter().enumerate() {
        while end < times.len() && times[end] < *first + TimeDelta::days(7) {
            end += 1;
        }
        if busiest.is_none_or(|(orders, _)| end - start > orders) {
            busiest = Some((end - start, *first));
        }
    }
    busiest.map(|(_, first)| first)
}

/// `29.33` as 2933, exactly.
fn cents(amount: &str) -> anyhow::Result<i64> {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    anyhow::ensure!(
        !whole.is_empty() && digits(whole) && digits(fraction) && fraction.len() <= 2,
        "`{amount}` is not an amount with two decimals"
    );
    format!("{whole}{fraction:0<2}")
        .parse()
        .context("too large")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(order_id: &str, day: i64) -> OrderRow {
        OrderRow {
            order_id: order_id.to_owned(),
            member_no: "1".to_owned(),
            ordered_at: DateTime::UNIX_EPOCH + TimeDelta::days(day),
            currency: "USD".to_owned(),
            amount: "29.3".to_owned(),
        }
    }

    #[test]
    fn the_busiest_week_begins_with_the_broadcast_and_the_future_is_left_out() {
        let rows = [
            row("a", 0),
            row("b", 30),
            row("c", 33),
            row("d", 36),
            row("e", 90),
        ];
        let started_at = DateTime::UNIX_EPOCH + TimeDelta::days(1_000);
        let now = started_at + TimeDelta::days(7);
        let orders = shifted(&rows, started_at, now, &HashMap::new()).unwrap();
        let placed: Vec<(&str, i64)> = orders
            .iter()
            .map(|order| {
                (
                    order.order_id.as_str(),
                    (order.placed_at - started_at).num_days(),
                )
            })
            .collect();
        assert_eq!(placed, [("a", -30), ("b", 0), ("c", 3), ("d", 6)]);
    }

    #[test]
    fn amounts_are_exact() {
        assert_eq!(
            (
                cents("29.33").unwrap(),
                cents("7").unwrap(),
                cents("0.5").unwrap()
            ),
            (2_933, 700, 50)
        );
        assert!(cents("1.234").is_err() && cents("-1").is_err());
    }
}
