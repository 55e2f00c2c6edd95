use crate::Currency;

/// An exact amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    pub currency: Currency,
    pub minor_units: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("{0} and {1} are not added up")]
    CurrenciesDiffer(Currency, Currency),
    #[error("the minor unit of {0} is not known")]
    NoMinorUnit(Currency),
    #[error("the amount is larger than can be told")]
    Overflow,
}

impl Money {
    #[must_use]
    pub fn new(currency: Currency, minor_units: i64) -> Self {
        Self {
            currency,
            minor_units,
        }
    }

    /// Adds amounts of one currency.
    pub fn try_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrenciesDiffer(self.currency, other.currency));
        }
        let minor_units = self
            .minor_units
            .checked_add(other.minor_units)
            .ok_or(MoneyError::Overflow)?;
        Ok(Self::new(self.currency, minor_units))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(code: &str, minor_units: i64) -> Money {
        Money::new(Currency::parse(code).unwrap(), minor_units)
    }

    #[test]
    fn amounts_of_one_currency_are_added_up() {
        assert_eq!(
            money("TWD", 150).try_add(money("TWD", -50)),
            Ok(money("TWD", 100))
        );
    }

    #[test]
    fn amounts_of_different_currencies_are_not() {
        let refused = money("TWD", 1).try_add(money("JPY", 1));
        assert!(
            matches!(refused, Err(MoneyError::CurrenciesDiffer(..))),
            "{refused:?}"
        );
    }

    #[test]
    fn an_amount_never_wraps() {
        assert_eq!(
            money("TWD", i64::MAX).try_add(money("TWD", 1)),
            Err(MoneyError::Overflow)
        );
    }
}
