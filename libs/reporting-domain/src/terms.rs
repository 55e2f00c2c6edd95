use chrono::{DateTime, Utc};

use crate::{Absent, MessagePrice, PriceList};

/// What an account pays, from when it was connected on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub connected_at: DateTime<Utc>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// What the team told that it pays.
    pub own_price: Option<MessagePrice>,
}

/// The price of a message of a broadcast that was confirmed at `confirmed_at`.
///
/// It follows the terms in force then, the last of `terms` that had begun, or else the first there
/// are: the account's own price, or else the list's on that day, by UTC.
pub fn price_at(
    channel: &str,
    terms: &[Terms],
    confirmed_at: Option<DateTime<Utc>>,
    list: &PriceList,
) -> Result<MessagePrice, Absent> {
    let confirmed_at = confirmed_at.ok_or(Absent::NotConfirmed)?;
    let begun = terms
        .iter()
        .rfind(|terms| terms.connected_at <= confirmed_at);
    let terms = begun.or(terms.first()).ok_or(Absent::NoPrice)?;
    terms
        .own_price
        .or_else(|| list.find(channel, &terms.country, confirmed_at.date_naive()))
        .ok_or(Absent::NoPrice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    fn on(day: &str) -> DateTime<Utc> {
        format!("{day}T00:00:00Z").parse().unwrap()
    }

    fn terms(connected_on: &str, country: &str, own_micros: Option<i64>) -> Terms {
        let own = |micros| MessagePrice {
            currency: Currency::parse("TWD").unwrap(),
            micros,
        };
        Terms {
            connected_at: on(connected_on),
            country: country.to_owned(),
            own_price: own_micros.map(own),
        }
    }

    fn micros(terms: &[Terms], confirmed_on: &str) -> Result<i64, Absent> {
        let list = PriceList::built_in().unwrap();
        price_at("LINE", terms, Some(on(confirmed_on)), &list).map(|price| price.micros)
    }

    #[test]
    fn the_accounts_own_price_wins_over_the_list() {
        assert_eq!(
            micros(&[terms("2026-01-01", "TW", Some(7))], "2026-02-01"),
            Ok(7)
        );
        assert_eq!(
            micros(&[terms("2026-01-01", "TW", None)], "2026-02-01"),
            Ok(200_000)
        );
    }

    #[test]
    fn a_new_price_leaves_older_broadcasts_as_they_were() {
        let terms = [
            terms("2026-01-01", "TW", Some(7)),
            terms("2026-03-01", "TW", Some(9)),
        ];
        assert_eq!(micros(&terms, "2026-02-28"), Ok(7));
        assert_eq!(micros(&terms, "2026-03-01"), Ok(9));
        assert_eq!(micros(&terms, "2025-12-01"), Ok(7));
    }

    #[test]
    fn no_price_is_ever_made_up() {
        assert_eq!(
            micros(&[terms("2026-01-01", "US", None)], "2026-02-01"),
            Err(Absent::NoPrice)
        );
        assert_eq!(micros(&[], "2026-02-01"), Err(Absent::NoPrice));
        let list = PriceList::built_in().unwrap();
        let draft = price_at("LINE", &[terms("2026-01-01", "TW", None)], None, &list);
        assert_eq!(draft, Err(Absent::NotConfirmed));
    }
}
