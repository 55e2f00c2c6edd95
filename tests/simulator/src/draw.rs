//! Chance that is the same in every run: a draw is a hash of the seed and of what is drawn for.

use xxhash_rust::xxh3::Xxh3;

/// A number in 0..1, fixed by the seed and the parts.
pub(crate) fn draw(seed: u64, parts: &[&[u8]]) -> f64 {
    let mut hasher = Xxh3::with_seed(seed);
    for part in parts {
        hasher.update(part);
        hasher.update(&[0xff]);
    }
    let bits = u32::try_from(hasher.digest() >> 32).unwrap_or(u32::MAX);
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_even_and_repeatable() {
        let below = (0..10_000_u32)
            .filter(|n| draw(5, &[&n.to_le_bytes()]) < 0.3)
            .count();
        assert!((2_800..3_200).contains(&below), "{below}");
        assert!((draw(5, &[b"a"]) - draw(5, &[b"a"])).abs() < f64::EPSILON);
    }
}
