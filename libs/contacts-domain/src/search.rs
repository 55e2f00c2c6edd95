//! The forms in which names, addresses and numbers are compared.

use unicode_normalization::UnicodeNormalization as _;

/// Characters that people type for one another, each with the form that stands for both.
const VARIANTS: [(char, char); 30] = [
    ('臺', '台'),
    ('檯', '枱'),
    ('羣', '群'),
    ('峯', '峰'),
    ('裏', '裡'),
    ('啓', '啟'),
    ('衞', '衛'),
    ('爲', '為'),
    ('衆', '眾'),
    ('綫', '線'),
    ('麪', '麵'),
    ('牀', '床'),
    ('汚', '污'),
    ('恒', '恆'),
    ('温', '溫'),
    ('説', '說'),
    ('産', '產'),
    ('眞', '真'),
    ('戸', '戶'),
    ('户', '戶'),
    ('靑', '青'),
    ('敎', '教'),
    ('强', '強'),
    ('緑', '綠'),
    ('郷', '鄉'),
    ('黄', '黃'),
    ('吴', '吳'),
    ('鉄', '鐵'),
    ('濶', '闊'),
    ('菓', '果'),
];

/// A name as names are compared: half-width, lower case, single spaces, one form of each character.
#[must_use]
pub fn fold_name(name: &str) -> String {
    let folded: String = name
        .nfkc()
        .flat_map(char::to_lowercase)
        .map(one_form)
        .collect();
    let mut words = folded.split_whitespace();
    let mut single_spaced = String::with_capacity(folded.len());
    if let Some(first) = words.next() {
        single_spaced.push_str(first);
    }
    for word in words {
        single_spaced.push(' ');
        single_spaced.push_str(word);
    }
    single_spaced
}

fn one_form(character: char) -> char {
    VARIANTS
        .iter()
        .find(|(variant, _)| *variant == character)
        .map_or(character, |(_, form)| *form)
}

/// An e-mail address as addresses are compared.
#[must_use]
pub fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// A phone number as numbers are compared: its digits, with a leading + if it has one.
#[must_use]
pub fn fold_phone(phone: &str) -> String {
    let phone: String = phone.trim().nfkc().collect();
    let plus = phone.starts_with('+').then_some('+');
    let digits = phone.chars().filter(char::is_ascii_digit);
    plus.into_iter().chain(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_people_expect() {
        let same = [
            ("王小明", " 王小明 "),
            ("ＡＢＣ", "abc"),
            ("Mia  Chen", "mia chen"),
            ("臺北小王", "台北小王"),
            ("ｶﾞ", "ガ"),
            ("Åsa", "A\u{30a}SA"),
        ];
        for (one, other) in same {
            assert_eq!(fold_name(one), fold_name(other), "{one} {other}");
        }
        assert_ne!(fold_name("王小明"), fold_name("王小明明"));
        assert_eq!(fold_name("  "), "");
    }

    #[test]
    fn numbers_are_compared_by_their_digits() {
        assert_eq!(fold_phone("+886 (988) 346-004"), "+886988346004");
        assert_eq!(fold_phone("０９８８"), "0988");
        assert_eq!(fold_phone("-"), "");
    }

    #[test]
    fn addresses_are_compared_without_case() {
        assert_eq!(fold_email(" Mia@Example.COM"), "mia@example.com");
    }
}
