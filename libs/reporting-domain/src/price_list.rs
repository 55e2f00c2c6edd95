use chrono::NaiveDate;
use serde::Deserialize;

use crate::{Currency, InvalidCurrency, MessagePrice};

const LIST: &str = include_str!("prices.toml");

/// What a message costs by channel, country and date, where a team has told no price of its own.
#[derive(Debug, Clone)]
pub struct PriceList {
    entries: Vec<Entry>,
}

#[derive(Debug, thiserror::Error)]
pub enum PriceListError {
    #[error("the price list can't be read")]
    Malformed(#[from] toml::de::Error),
    #[error("the price list has an unknown currency")]
    Currency(#[from] InvalidCurrency),
    #[error("the price list has two prices for {channel} in {country} from {from}")]
    Twice {
        channel: String,
        country: String,
        from: NaiveDate,
    },
}

#[derive(Debug, Clone)]
struct Entry {
    channel: String,
    country: String,
    from: NaiveDate,
    price: MessagePrice,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    price: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    channel: String,
    country: String,
    currency: String,
    from: NaiveDate,
    micros: i64,
    /// For who checks the list.
    #[serde(rename = "source")]
    _source: String,
}

impl PriceList {
    /// The list that this crate holds.
    pub fn built_in() -> Result<Self, PriceListError> {
        Self::parse(LIST)
    }

    fn parse(text: &str) -> Result<Self, PriceListError> {
        let mut list = Self {
            entries: Vec::new(),
        };
        for row in toml::from_str::<File>(text)?.price {
            list.add(row)?;
        }
        Ok(list)
    }

    fn add(&mut self, row: Row) -> Result<(), PriceListError> {
        let twice = self.entries.iter().any(|entry| {
            entry.channel == row.channel && entry.country == row.country && entry.from == row.from
        });
        if twice {
            return Err(PriceListError::Twice {
                channel: row.channel,
                country: row.country,
                from: row.from,
            });
        }
        let currency = Currency::parse(&row.currency)?;
        self.entries.push(Entry {
            channel: row.channel,
            country: row.country,
            from: row.from,
            price: MessagePrice {
                currency,
                micros: row.micros,
            },
        });
        Ok(())
    }

    /// The price in force on `date`: the latest that had begun. None where the list knows none.
    #[must_use]
    pub fn find(&self, channel: &str, country: &str, date: NaiveDate) -> Option<MessagePrice> {
        self.entries
            .iter()
            .filter(|entry| entry.channel == channel && entry.country == country)
            .filter(|entry| entry.from <= date)
            .max_by_key(|entry| entry.from)
            .map(|entry| entry.price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn micros(country: &str, on: &str) -> Option<i64> {
        let list = PriceList::built_in().unwrap();
        list.find("LINE", country, date(on))
            .map(|price| price.micros)
    }

    #[test]
    fn the_list_has_its_countries_from_their_dates_on() {
        assert_eq!(micros("TW", "2023-08-31"), None);
        assert_eq!(micros("TW", "2023-09-01"), Some(200_000));
        assert_eq!(micros("JP", "2026-07-01"), Some(3_000_000));
        assert_eq!(micros("TH", "2026-07-01"), Some(100_000));
        assert_eq!(micros("US", "2026-07-01"), None);
    }

    #[test]
    fn the_latest_price_that_has_begun_is_in_force() {
        let row = |from, micros| {
            format!(
                "[[price]]\nchannel = \"LINE\"\ncountry = \"TW\"\ncurrency = \"TWD\"\n\
                 from = \"{from}\"\nmicros = {micros}\nsource = \"\"\n"
            )
        };
        let list = PriceList::parse(&(row("2026-05-01", 2) + &row("2026-01-01", 1))).unwrap();
        let micros = |on| list.find("LINE", "TW", date(on)).map(|price| price.micros);
        assert_eq!(micros("2026-04-30"), Some(1));
        assert_eq!(micros("2026-05-01"), Some(2));
        assert_eq!(micros("2025-12-31"), None);

        let twice = PriceList::parse(&(row("2026-05-01", 2) + &row("2026-05-01", 1)));
        assert!(
            matches!(twice, Err(PriceListError::Twice { .. })),
            "{twice:?}"
        );
    }
}
