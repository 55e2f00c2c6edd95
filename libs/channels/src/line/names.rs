const USER_ID_DIGITS: usize = 32;
const UNIT_CHARS_MAX: usize = 30;

/// Whether the text has the form of a user id: `U[0-9a-f]{32}`.
pub fn is_line_user_id(text: &str) -> bool {
    text.strip_prefix('U').is_some_and(|digits| {
        digits.len() == USER_ID_DIGITS
            && digits
                .bytes()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Whether LINE would take the text as the name under which it adds up statistics.
pub fn is_aggregation_unit(text: &str) -> bool {
    (1..=UNIT_CHARS_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_is_u_and_32_lower_case_hex_digits() {
        assert!(is_line_user_id("U8e742f61d673b39c7fff3cecb7536ef0"));
        for text in [
            "",
            "U",
            "U8e742f61d673b39c7fff3cecb7536ef",
            "U8e742f61d673b39c7fff3cecb7536ef00",
            "U8E742F61D673B39C7FFF3CECB7536EF0",
            "C8e742f61d673b39c7fff3cecb7536ef0",
            "u8e742f61d673b39c7fff3cecb7536ef0",
            " U8e742f61d673b39c7fff3cecb7536ef0",
            "U8e742f61d673b39c7fff3cecb7536efg",
        ] {
            assert!(!is_line_user_id(text), "{text}");
        }
    }

    #[test]
    fn a_unit_is_a_short_word() {
        assert!(is_aggregation_unit("c01ARYZ6S41_"));
        for text in ["", "a-b", "ü", "a b", &"a".repeat(31)] {
            assert!(!is_aggregation_unit(text), "{text}");
        }
    }
}
