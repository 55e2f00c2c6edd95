//! Made-up customers: who they are follows from their number alone.

use std::fmt::Write as _;

use simulator::UserId;

const SEED: u64 = 7;
const SURNAMES: [&str; 10] = ["陳", "林", "黃", "張", "李", "王", "吳", "劉", "蔡", "楊"];
const GIVEN: [&str; 10] = [
    "小明", "怡君", "雅婷", "志明", "淑芬", "家豪", "Mia", "佳穎", "俊傑", "美玲",
];
/// 2024-01-01.
const FIRST_SECOND: u64 = 1_704_067_200;
const SECONDS_OF_TWO_YEARS: u64 = 2 * 365 * 86_400;

/// Few share a name.
pub(super) fn name(number: u32) -> String {
    let digit = |at: u32| usize::try_from(number / at % 10).unwrap_or_default();
    format!(
        "{}{} {}",
        SURNAMES[digit(1)],
        GIVEN[digit(10)],
        number / 100
    )
}

/// A row of the file.
pub(super) fn write_row(text: &mut String, number: u32) {
    let mixed = mix(number);
    let tags = [
        ("repeat", 3),
        ("vip", 20),
        ("newsletter", 2),
        ("vinyl", 10),
        ("taipei", 5),
        ("test", 1_000),
    ];
    let tags: Vec<&str> = tags
        .iter()
        .enumerate()
        .filter(|(place, (_, share))| (mixed >> (8 * place)).is_multiple_of(*share))
        .map(|(_, (tag, _))| *tag)
        .collect();
    // A string takes any text.
    writeln!(
        text,
        "line,{},{},{},{},{}",
        UserId::nth(SEED, number.into()),
        name(number),
        tags.join("|"),
        time(mixed),
        time(mix(number.wrapping_add(1)))
    )
    .unwrap_or_default();
}

/// At some second of the two years.
fn time(mixed: u64) -> String {
    let seconds = FIRST_SECOND + mixed % SECONDS_OF_TWO_YEARS;
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The date of a day since 1970, by Howard Hinnant's algorithm.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

/// What `SplitMix64` ends with.
fn mix(number: u32) -> u64 {
    let mut mixed = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::{civil, time};

    #[test]
    fn days_have_their_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
        assert_eq!(time(0), "2024-01-01T00:00:00Z");
    }
}
