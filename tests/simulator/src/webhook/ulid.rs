use std::time::Duration;

use crate::clock::millis;

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DIGITS: u32 = 26;
const RANDOM_BITS: u32 = 80;

/// The ULID of this time and these random bits.
pub(super) fn ulid(now: Duration, random: u128) -> String {
    let bits = u128::from(millis(now)) << RANDOM_BITS | random >> (u128::BITS - RANDOM_BITS);
    (0..DIGITS)
        .rev()
        .map(|digit| {
            let [low, ..] = (bits >> (5 * digit)).to_le_bytes();
            char::from(CROCKFORD[usize::from(low & 31)])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_leads() {
        let at = Duration::from_millis(1_469_918_176_385);
        let id = ulid(at, u128::MAX);
        assert_eq!(id, "01ARYZ6S41ZZZZZZZZZZZZZZZZ");
        assert!(id < ulid(at + Duration::from_millis(1), 0));
    }
}
