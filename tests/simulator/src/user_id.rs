use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A LINE user id, kept as the number that its 32 hex digits spell.
///
/// Two words, not a `u128`: the alignment of that would make every table a third larger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId {
    high: u64,
    low: u64,
}

impl UserId {
    /// The `number`th person of the population that `seed` stands for; the same on every machine.
    pub fn nth(seed: u64, number: u64) -> Self {
        Self::hashed(&number.to_le_bytes(), seed)
    }

    /// The account that a channel's name stands for.
    pub(crate) fn named(name: &str) -> Self {
        Self::hashed(name.as_bytes(), 0)
    }

    /// `None` unless the text is `U` and 32 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes().strip_prefix(b"U")?;
        let (high, low) = (digits.get(..16)?, digits.get(16..)?);
        (low.len() == 16).then_some(())?;
        Some(Self {
            high: hex(high)?,
            low: hex(low)?,
        })
    }

    pub(crate) fn to_bytes(self) -> [u8; 16] {
        (u128::from(self.high) << 64 | u128::from(self.low)).to_le_bytes()
    }

    fn hashed(bytes: &[u8], seed: u64) -> Self {
        Self {
            high: xxh3_64_with_seed(bytes, seed),
            low: xxh3_64_with_seed(bytes, !seed),
        }
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "U{:016x}{:016x}", self.high, self.low)
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for UserId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UserId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| de::Error::custom("expected U and 32 lower-case hex digits"))
    }
}

fn hex(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |value, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text() {
        let id = UserId::nth(1, 7);
        assert_eq!(UserId::parse(&id.to_string()), Some(id));
        assert_ne!(id, UserId::nth(2, 7));
    }

    #[test]
    fn only_lines_own_form_is_an_id() {
        for text in [
            "",
            "U",
            "U0123456789abcdef0123456789abcde",
            "U0123456789abcdef0123456789abcdef0",
            "u0123456789abcdef0123456789abcdef",
            "C0123456789abcdef0123456789abcdef",
            "U0123456789ABCDEF0123456789ABCDEF",
            "U+123456789abcdef0123456789abcdef",
            "Ué0123456789abcdef0123456789abcde",
        ] {
            assert_eq!(UserId::parse(text), None, "{text}");
        }
    }
}
