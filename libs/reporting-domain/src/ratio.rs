use std::cmp::Ordering;

use crate::Money;

const HUNDREDTHS: i128 = 100;

/// Revenue / cost as a decimal with two places, rounded half away from zero.
///
/// `None` where it is not defined: the cost is not above 0, or the currencies differ.
#[must_use]
pub fn roas(revenue: Money, cost: Money) -> Option<String> {
    if revenue.currency != cost.currency || cost.minor_units <= 0 {
        return None;
    }
    let cost = i128::from(cost.minor_units);
    let revenue = i128::from(revenue.minor_units);
    let scaled = revenue.abs() * HUNDREDTHS;
    let hundredths = (2 * scaled + cost) / (2 * cost);
    let sign = match revenue.cmp(&0) {
        Ordering::Less if hundredths > 0 => "-",
        Ordering::Less | Ordering::Equal | Ordering::Greater => "",
    };
    let (whole, places) = (hundredths / HUNDREDTHS, hundredths % HUNDREDTHS);
    Some(format!("{sign}{whole}.{places:02}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Currency;

    fn twd(minor_units: i64) -> Money {
        Money::new(Currency::parse("TWD").unwrap(), minor_units)
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        let ratio = |revenue, cost| roas(twd(revenue), twd(cost)).unwrap();
        assert_eq!(ratio(1, 200), "0.01");
        assert_eq!(ratio(-1, 200), "-0.01");
        assert_eq!(ratio(1, 201), "0.00");
        assert_eq!(ratio(-1, 201), "0.00");
        assert_eq!(ratio(1, 3), "0.33");
        assert_eq!(ratio(2, 3), "0.67");
        assert_eq!(ratio(123_456, 100), "1234.56");
    }

    #[test]
    fn no_revenue_is_a_return_of_zero() {
        assert_eq!(roas(twd(0), twd(5)).unwrap(), "0.00");
    }

    #[test]
    fn there_is_no_return_on_no_cost_or_in_another_currency() {
        let yen = Money::new(Currency::parse("JPY").unwrap(), 1);
        assert_eq!(roas(twd(5), twd(0)), None);
        assert_eq!(roas(twd(5), yen), None);
    }

    #[test]
    fn the_largest_amounts_are_told_exactly() {
        assert_eq!(
            roas(twd(i64::MAX), twd(1)).unwrap(),
            "9223372036854775807.00"
        );
        assert_eq!(
            roas(twd(i64::MIN), twd(1)).unwrap(),
            "-9223372036854775808.00"
        );
    }

    proptest! {
        #[test]
        fn the_ratio_is_within_half_a_hundredth(revenue: i64, cost in 1_i64..) {
            let text = roas(twd(revenue), twd(cost)).unwrap();
            let hundredths: i128 = text.replace('.', "").parse().unwrap();
            let off = (hundredths * i128::from(cost) - i128::from(revenue) * 100).abs();
            prop_assert!(2 * off <= i128::from(cost), "{text}");
        }
    }
}
