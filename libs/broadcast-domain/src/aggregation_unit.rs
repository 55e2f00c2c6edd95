use uuid::Uuid;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The name under which LINE adds up a broadcast's statistics: `c` and the id in base 36.
///
/// LINE takes up to 30 of `A-Z a-z 0-9 _`, so that a UUID as usually written does not fit.
#[must_use]
pub fn aggregation_unit(broadcast_id: Uuid) -> String {
    let mut number = broadcast_id.as_u128();
    let mut digits = Vec::new();
    while number > 0 {
        let digit = usize::try_from(number % 36).unwrap_or_default();
        digits.push(char::from(DIGITS[digit]));
        number /= 36;
    }
    digits.push('c');
    digits.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_what_line_takes() {
        for id in [Uuid::nil(), Uuid::max(), Uuid::from_u128(36)] {
            let unit = aggregation_unit(id);
            assert!((1..=30).contains(&unit.len()), "{unit}");
            assert!(unit.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
        assert_eq!(aggregation_unit(Uuid::from_u128(36)), "c10");
    }
}
