use crate::{Absent, Currency, MessagePrice, Money, MoneyError, roas};

/// What was counted of a broadcast, from which the figures follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    pub sent: u64,
    /// Whom the channel bills.
    pub billed: u64,
    pub delivered: Result<u64, Absent>,
    /// Of those sent, whose delivery has not been told of.
    pub delivery_open: Result<u64, Absent>,
    pub read: Result<u64, Absent>,
    pub has_tracked_link: bool,
    pub visitors_clicked: u64,
    /// None while the team's shop has never told of an order.
    pub orders: Option<Orders>,
    pub price: Result<MessagePrice, Absent>,
}

/// The orders attributed to a broadcast.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Orders {
    pub count: u64,
    /// Minor units, one sum a currency.
    pub totals: Vec<(Currency, i128)>,
}

/// The figures of a report that may have no source.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    pub delivered: Result<u64, Absent>,
    pub delivery_open: Result<u64, Absent>,
    pub read: Result<u64, Absent>,
    pub clicked: Result<u64, Absent>,
    pub ctr: Result<f64, Absent>,
    pub orders: Result<u64, Absent>,
    /// One amount a currency.
    pub revenue: Result<Vec<Money>, Absent>,
    pub cost: Result<Money, Absent>,
    pub roas: Result<String, Absent>,
}

impl Figures {
    #[must_use]
    pub fn of(basis: Basis) -> Self {
        let clicked = if basis.has_tracked_link {
            Ok(basis.visitors_clicked)
        } else {
            Err(Absent::NoTrackedLink)
        };
        let orders = basis.orders.ok_or(Absent::SiteTrackingNotConnected);
        let revenue = orders.as_ref().map_err(|absent| *absent).and_then(revenue);
        let cost = basis.price.and_then(|price| cost(price, basis.billed));
        Self {
            delivered: basis.delivered,
            delivery_open: basis.delivery_open,
            read: basis.read,
            clicked,
            ctr: clicked.and_then(|clicked| rate(clicked, basis.sent, basis.delivered.ok())),
            orders: orders.map(|orders| orders.count),
            roas: return_on(&revenue, cost),
            revenue,
            cost,
        }
    }
}

fn revenue(orders: &Orders) -> Result<Vec<Money>, Absent> {
    let amount = |(currency, minor_units): &(Currency, i128)| {
        i64::try_from(*minor_units).map(|minor_units| Money::new(*currency, minor_units))
    };
    let amounts: Result<Vec<Money>, _> = orders.totals.iter().map(amount).collect();
    amounts.map_err(|_| Absent::OutOfRange)
}

fn cost(price: MessagePrice, sent: u64) -> Result<Money, Absent> {
    price.times(sent).map_err(|error| match error {
        MoneyError::NoMinorUnit(_) => Absent::NoPrice,
        MoneyError::Overflow | MoneyError::CurrenciesDiffer(..) => Absent::OutOfRange,
    })
}

#[expect(clippy::cast_precision_loss, reason = "people are fewer than 2^52")]
fn rate(clicked: u64, sent: u64, delivered: Option<u64>) -> Result<f64, Absent> {
    match delivered.unwrap_or(sent) {
        0 if sent > 0 => Err(Absent::NoDeliveryTold),
        0 => Err(Absent::NobodySent),
        reached => Ok(clicked as f64 / reached as f64),
    }
}

fn return_on(
    revenue: &Result<Vec<Money>, Absent>,
    cost: Result<Money, Absent>,
) -> Result<String, Absent> {
    let revenue = revenue.as_ref().map_err(|absent| *absent)?;
    let cost = cost?;
    if cost.minor_units <= 0 {
        return Err(Absent::NoCost);
    }
    let revenue = match revenue.as_slice() {
        [] => Money::new(cost.currency, 0),
        [one] => *one,
        [_, _, ..] => return Err(Absent::CurrenciesDiffer),
    };
    roas(revenue, cost).ok_or(Absent::CurrenciesDiffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(code: &str, minor_units: i64) -> Money {
        Money::new(Currency::parse(code).unwrap(), minor_units)
    }

    fn orders(revenue: &[Money]) -> Orders {
        let total = |money: &Money| (money.currency, i128::from(money.minor_units));
        Orders {
            count: revenue.len() as u64,
            totals: revenue.iter().map(total).collect(),
        }
    }

    /// 100 people at 0.20 TWD: a cost of 20.00 TWD.
    fn basis() -> Basis {
        Basis {
            sent: 100,
            billed: 100,
            delivered: Err(Absent::ChannelDoesNotTell),
            delivery_open: Err(Absent::ChannelDoesNotTell),
            read: Err(Absent::ChannelDoesNotTell),
            has_tracked_link: true,
            visitors_clicked: 25,
            orders: Some(orders(&[money("TWD", 5_000)])),
            price: Ok(MessagePrice {
                currency: Currency::parse("TWD").unwrap(),
                micros: 200_000,
            }),
        }
    }

    #[test]
    fn a_broadcast_with_every_source_has_every_figure_that_line_tells() {
        let figures = Figures::of(basis());
        assert_eq!(figures.cost, Ok(money("TWD", 2_000)));
        assert_eq!(figures.roas.as_deref(), Ok("2.50"));
        assert_eq!(figures.ctr, Ok(0.25));
        assert_eq!(figures.delivered, Err(Absent::ChannelDoesNotTell));
        assert_eq!(figures.read, Err(Absent::ChannelDoesNotTell));
    }

    #[test]
    fn where_deliveries_are_told_clicks_are_a_share_of_them() {
        let told = |delivered| {
            Figures::of(Basis {
                delivered: Ok(delivered),
                ..basis()
            })
        };
        assert_eq!(told(50).ctr, Ok(0.5));
        assert_eq!(told(0).ctr, Err(Absent::NoDeliveryTold));
        assert_eq!(told(0).delivered, Ok(0));
    }

    #[test]
    fn no_order_is_not_the_same_as_no_tracking() {
        let no_order = Figures::of(Basis {
            orders: Some(orders(&[])),
            ..basis()
        });
        assert_eq!(no_order.orders, Ok(0));
        assert_eq!(no_order.revenue, Ok(Vec::new()));
        assert_eq!(no_order.roas.as_deref(), Ok("0.00"));

        let no_tracking = Figures::of(Basis {
            orders: None,
            ..basis()
        });
        assert_eq!(no_tracking.orders, Err(Absent::SiteTrackingNotConnected));
        assert_eq!(no_tracking.revenue, Err(Absent::SiteTrackingNotConnected));
        assert_eq!(no_tracking.roas, Err(Absent::SiteTrackingNotConnected));
    }

    #[test]
    fn without_a_price_there_is_no_cost_and_no_return() {
        let figures = Figures::of(Basis {
            price: Err(Absent::NoPrice),
            ..basis()
        });
        assert_eq!(figures.cost, Err(Absent::NoPrice));
        assert_eq!(figures.roas, Err(Absent::NoPrice));
    }

    #[test]
    fn revenue_in_another_currency_gives_no_return() {
        for revenue in [&[money("JPY", 1)][..], &[money("JPY", 1), money("TWD", 1)]] {
            let figures = Figures::of(Basis {
                orders: Some(orders(revenue)),
                ..basis()
            });
            assert_eq!(figures.roas, Err(Absent::CurrenciesDiffer));
        }
    }

    #[test]
    fn nobody_sent_to_gives_no_rate_and_no_return() {
        let figures = Figures::of(Basis {
            sent: 0,
            billed: 0,
            ..basis()
        });
        assert_eq!(figures.ctr, Err(Absent::NobodySent));
        assert_eq!(figures.cost, Ok(money("TWD", 0)));
        assert_eq!(figures.roas, Err(Absent::NoCost));
    }

    #[test]
    fn without_a_tracked_link_nobody_can_click() {
        let figures = Figures::of(Basis {
            has_tracked_link: false,
            ..basis()
        });
        assert_eq!(figures.clicked, Err(Absent::NoTrackedLink));
        assert_eq!(figures.ctr, Err(Absent::NoTrackedLink));
    }

    #[test]
    fn a_sum_that_cannot_be_told_is_missing_and_the_rest_is_not() {
        let twd = Currency::parse("TWD").unwrap();
        let huge = Orders {
            count: 2,
            totals: vec![(twd, 2 * i128::from(i64::MAX))],
        };
        let figures = Figures::of(Basis {
            orders: Some(huge),
            ..basis()
        });
        assert_eq!(figures.orders, Ok(2));
        assert_eq!(figures.revenue, Err(Absent::OutOfRange));
        assert_eq!(figures.roas, Err(Absent::OutOfRange));
        assert_eq!(figures.cost, Ok(money("TWD", 2_000)));
    }

    #[test]
    fn a_price_in_a_currency_that_nobody_knows_gives_no_cost() {
        let price = MessagePrice {
            currency: Currency::parse("ABC").unwrap(),
            micros: 1,
        };
        let figures = Figures::of(Basis {
            price: Ok(price),
            ..basis()
        });
        assert_eq!(figures.cost, Err(Absent::NoPrice));
    }
}
