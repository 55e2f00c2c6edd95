//! Makes the next input of earlier ones.

use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};

use crate::{
    bytes, json, lines,
    targets::{Form, Target},
};

/// Most inputs stay below this, so that there are many of them.
const USUAL_BYTES_MAX: usize = 32 * 1024;
/// One in so many may be as long as there are.
const LONG_ONE_IN: u32 = 400;

pub(crate) fn next(target: &Target, corpus: &[Vec<u8>], rng: &mut StdRng) -> Vec<u8> {
    let pick = |rng: &mut StdRng| corpus.choose(rng).cloned().unwrap_or_default();
    let mut input = pick(rng);
    let is_long = rng.random_ratio(1, LONG_ONE_IN);
    let max = if is_long {
        target.bytes_max
    } else {
        USUAL_BYTES_MAX
    };
    for _ in 0..rng.random_range(1..=4) {
        match target.form {
            Form::Json if rng.random_ratio(3, 4) => json::spoil(&mut input, rng),
            Form::Mail if rng.random_ratio(2, 3) => lines::spoil(&mut input, &pick(rng), rng),
            Form::Json | Form::Mail | Form::Text => bytes::spoil(&mut input, &pick(rng), rng),
        }
    }
    if is_long {
        bytes::grow(&mut input, max, rng);
    }
    input.truncate(max);
    input
}
