//! Revenue, cost and what came back of it.

use std::collections::BTreeMap;

use events::common::{Channel, Money};

use crate::facts::{Broadcast, Click, Connection, Facts, Order};

pub(super) fn revenue(orders: &[(&Order, &Click)]) -> Vec<Money> {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for (order, _) in orders {
        *sums.entry(order.currency).or_default() += order.minor_units;
    }
    let money = |(currency, minor_units): (&str, i64)| Money {
        currency: currency.to_owned(),
        minor_units,
    };
    sums.into_iter().map(money).collect()
}

/// Currency and micros.
fn price(facts: &Facts, broadcast: &Broadcast) -> Result<(&'static str, i64), &'static str> {
    let confirmed_at = broadcast.confirmed_at.ok_or("NOT_CONFIRMED")?;
    let account = facts
        .accounts
        .iter()
        .find(|account| account.id == broadcast.account);
    let connections = &account.unwrap().connections;
    let mut terms: &Connection = &connections[0];
    for connection in connections {
        if connection.at <= confirmed_at {
            terms = connection;
        }
    }
    match (terms.own_price, terms.country) {
        (Some(own), _) => Ok(own),
        _ if broadcast.channel != Channel::Line => Err("NO_PRICE"),
        (None, "TW") => Ok(("TWD", 200_000)),
        (None, "JP") => Ok(("JPY", 3_000_000)),
        (None, "TH") => Ok(("THB", 100_000)),
        (None, _) => Err("NO_PRICE"),
    }
}

pub(super) fn cost(facts: &Facts, broadcast: &Broadcast, sent: i64) -> Result<Money, &'static str> {
    let (currency, micros) = price(facts, broadcast)?;
    let micros_per_minor = match currency {
        "JPY" => 1_000_000,
        "KWD" => 1_000,
        _ => 10_000,
    };
    let total = micros * sent;
    let (whole, rest) = (total / micros_per_minor, total % micros_per_minor);
    let minor_units = if 2 * rest >= micros_per_minor {
        whole + 1
    } else {
        whole
    };
    let currency = currency.to_owned();
    Ok(Money {
        currency,
        minor_units,
    })
}

pub(super) fn roas(
    facts: &Facts,
    revenue: &[Money],
    cost: &Result<Money, &'static str>,
) -> Result<String, &'static str> {
    if facts.orders.is_empty() {
        return Err("SITE_TRACKING_NOT_CONNECTED");
    }
    let cost = cost.as_ref().map_err(|why| *why)?;
    if cost.minor_units == 0 {
        return Err("NO_COST");
    }
    if revenue
        .iter()
        .any(|revenue| revenue.currency != cost.currency)
    {
        return Err("CURRENCIES_DIFFER");
    }
    let revenue: i64 = revenue.iter().map(|revenue| revenue.minor_units).sum();
    let scaled = revenue.abs() * 100;
    let (mut hundredths, rest) = (scaled / cost.minor_units, scaled % cost.minor_units);
    if 2 * rest >= cost.minor_units {
        hundredths += 1;
    }
    let sign = if revenue < 0 && hundredths > 0 {
        "-"
    } else {
        ""
    };
    Ok(format!(
        "{sign}{}.{:02}",
        hundredths / 100,
        hundredths % 100
    ))
}
