use crate::{Currency, Money, MoneyError};

const MICROS_PER_MAJOR: i128 = 1_000_000;

/// What one billable message costs. Finer than a minor unit, since a message costs less than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessagePrice {
    pub currency: Currency,
    /// Millionths of the currency's major unit.
    pub micros: i64,
}

impl MessagePrice {
    /// What `messages` cost: multiplied exactly, then rounded half up to a minor unit, once.
    pub fn times(self, messages: u64) -> Result<Money, MoneyError> {
        let minor_units_per_major = self
            .currency
            .minor_units_per_major()
            .ok_or(MoneyError::NoMinorUnit(self.currency))?;
        let scaled = i128::from(self.micros)
            .checked_mul(i128::from(messages))
            .and_then(|micros| micros.checked_mul(minor_units_per_major))
            .and_then(|scaled| scaled.checked_add(MICROS_PER_MAJOR / 2))
            .ok_or(MoneyError::Overflow)?;
        let minor_units =
            i64::try_from(scaled.div_euclid(MICROS_PER_MAJOR)).map_err(|_| MoneyError::Overflow)?;
        Ok(Money::new(self.currency, minor_units))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price(code: &str, micros: i64) -> MessagePrice {
        MessagePrice {
            currency: Currency::parse(code).unwrap(),
            micros,
        }
    }

    fn cost(price: MessagePrice, messages: u64) -> i64 {
        price.times(messages).unwrap().minor_units
    }

    #[test]
    fn a_price_is_rounded_once_at_the_end() {
        // 0.0149 TWD: one message rounds to 0.01, a thousand are 14.90 and not 10.00.
        assert_eq!(cost(price("TWD", 14_900), 1), 1);
        assert_eq!(cost(price("TWD", 14_900), 1_000), 1_490);
    }

    #[test]
    fn half_a_minor_unit_is_rounded_up() {
        assert_eq!(cost(price("TWD", 4_999), 1), 0);
        assert_eq!(cost(price("TWD", 5_000), 1), 1);
        assert_eq!(cost(price("JPY", 500_000), 1), 1);
    }

    #[test]
    fn list_prices_of_a_million_messages() {
        assert_eq!(cost(price("TWD", 200_000), 1_000_000), 20_000_000);
        assert_eq!(cost(price("JPY", 3_000_000), 1_000_000), 3_000_000);
    }

    #[test]
    fn a_cost_that_cannot_be_told_is_refused() {
        assert_eq!(
            price("KWD", i64::MAX).times(u64::MAX),
            Err(MoneyError::Overflow)
        );
        let gold = price("XAU", 1);
        assert_eq!(gold.times(1), Err(MoneyError::NoMinorUnit(gold.currency)));
    }

    proptest! {
        #[test]
        fn the_cost_is_within_half_a_minor_unit(micros in 0_i64..10_000_000, messages in 0_u64..10_000_000) {
            let cost = i128::from(cost(price("TWD", micros), messages));
            let off = cost * 10_000 - i128::from(micros) * i128::from(messages);
            prop_assert!((-5_000 < off) && (off <= 5_000), "{off}");
        }
    }
}
