use chrono::{DateTime, Utc};
use prost_types::Timestamp;
use proto::common::v1::{Channel, Money};

/// A time as a table shows it: UTC, to the second; `-` where there is none.
pub(crate) fn time(at: Option<&Timestamp>) -> String {
    at.and_then(|at| DateTime::<Utc>::from_timestamp(at.seconds, 0))
        .map_or_else(
            || "-".to_owned(),
            |at| at.format("%Y-%m-%d %H:%M:%S").to_string(),
        )
}

/// A channel as people call it.
pub(crate) fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Line => "LINE",
        Channel::Messenger => "Messenger",
        Channel::Whatsapp => "WhatsApp",
        Channel::Email => "e-mail",
        Channel::Unspecified => "no channel",
    }
}

/// An exact amount with its currency: `29.33 USD`.
pub(crate) fn money(money: &Money) -> String {
    let digits = minor_digits(&money.currency);
    let scale = 10_u64.pow(digits);
    let units = money.minor_units.unsigned_abs();
    let sign = if money.minor_units < 0 { "-" } else { "" };
    let width = usize::try_from(digits).unwrap_or_default();
    match digits {
        0 => format!("{sign}{units} {}", money.currency),
        _ => format!(
            "{sign}{}.{:0width$} {}",
            units / scale,
            units % scale,
            money.currency
        ),
    }
}

/// Decimal digits of a currency's minor unit.
fn minor_digits(currency: &str) -> u32 {
    match currency {
        "JPY" | "KRW" | "VND" => 0,
        _ => 2,
    }
}

/// A number with its thousands parted: `12,345`.
pub(crate) fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut parted = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            parted.push(',');
        }
        parted.push(digit);
    }
    if number < 0 {
        format!("-{parted}")
    } else {
        parted
    }
}

/// An enum's protobuf name without its prefix, in lower case: `blocked`.
pub(crate) fn short(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix)
        .unwrap_or(name)
        .to_ascii_lowercase()
        .replace('_', " ")
}

/// "1 contact", "7 contacts".
pub(super) fn contacts(count: usize) -> String {
    match count {
        1 => "1 contact".to_owned(),
        count => format!("{count} contacts"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        let amount = |currency: &str, minor_units| {
            money(&Money {
                currency: currency.to_owned(),
                minor_units,
            })
        };
        assert_eq!(amount("USD", 2_933), "29.33 USD");
        assert_eq!(amount("USD", -5), "-0.05 USD");
        assert_eq!(amount("JPY", 300), "300 JPY");
    }

    #[test]
    fn thousands_are_parted() {
        assert_eq!(
            (count(7), count(1_234), count(-1_234_567)),
            ("7".to_owned(), "1,234".to_owned(), "-1,234,567".to_owned())
        );
    }
}
