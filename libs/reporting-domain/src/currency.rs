use std::fmt;

/// A currency, by its code of ISO 4217.
///
/// Any three capitals are taken: what a shop calls a currency is told as it said. Only to work out
/// an amount has the currency to be one whose minor unit is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not three capital letters, as ISO 4217 has them")]
pub struct InvalidCurrency(pub String);

impl Currency {
    pub fn parse(code: &str) -> Result<Self, InvalidCurrency> {
        <[u8; 3]>::try_from(code.as_bytes())
            .ok()
            .filter(|code| code.iter().all(u8::is_ascii_uppercase))
            .map(Self)
            .ok_or_else(|| InvalidCurrency(code.to_owned()))
    }

    #[must_use]
    pub fn code(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many minor units make a major one: 100 for USD, 1 for JPY, none for gold.
    pub(crate) fn minor_units_per_major(self) -> Option<i128> {
        let exponent = iso_currency::Currency::from_code(self.code())?.exponent()?;
        Some(10_i128.pow(u32::from(exponent)))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_have_their_own_number_of_decimals() {
        let units = |code| Currency::parse(code).unwrap().minor_units_per_major();
        assert_eq!(
            [units("TWD"), units("JPY"), units("KWD")],
            [Some(100), Some(1), Some(1000)]
        );
    }

    #[test]
    fn gold_and_what_nobody_knows_have_no_minor_unit() {
        for code in ["XAU", "ABC"] {
            assert_eq!(Currency::parse(code).unwrap().minor_units_per_major(), None);
        }
    }

    #[test]
    fn what_is_not_a_code_is_refused() {
        for code in ["", "usd", "US", "USDT", "U$D", "日"] {
            assert_eq!(Currency::parse(code), Err(InvalidCurrency(code.to_owned())));
        }
    }
}
