//! Spoils bytes, whatever they are.

use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};

/// What parsers stumble over.
const TOKENS: [&str; 30] = [
    "\0",
    "\u{feff}",
    "\u{202e}",
    "😀",
    "\\ud800",
    "\\u0000",
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "true",
    "-0",
    "1e999",
    "18446744073709551616",
    "9223372036854775807",
    "-9223372036854775809",
    "NaN",
    "(",
    ")",
    " AND ",
    " OR ",
    "NOT ",
    "tag:",
    "=?utf-8?B?4pi=?=",
    "\r\n",
];

pub(crate) fn spoil(input: &mut Vec<u8>, other: &[u8], rng: &mut StdRng) {
    let at = rng.random_range(0..=input.len());
    let to = at + rng.random_range(0..=(input.len() - at).min(64));
    match rng.random_range(0..8) {
        0 => drop(input.drain(at..to)),
        1 => insert(input, at, &[rng.random()]),
        2 => flip(input, at, rng),
        3 => {
            let part = input[at..to].to_vec();
            insert(input, at, &part.repeat(rng.random_range(1..=64)));
        }
        4 => {
            let token = TOKENS.choose(rng).map_or(&[][..], |token| token.as_bytes());
            insert(input, at, &token.repeat(rng.random_range(1..=3)));
        }
        5 => {
            let token = TOKENS.choose(rng).map_or(&[][..], |token| token.as_bytes());
            drop(input.splice(at..to, token.iter().copied()));
        }
        6 => {
            let from = rng.random_range(0..=other.len());
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        _ => input.truncate(at),
    }
}

fn insert(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    drop(input.splice(at..at, bytes.iter().copied()));
}

fn flip(input: &mut [u8], at: usize, rng: &mut StdRng) {
    if let Some(byte) = input.get_mut(at) {
        *byte ^= 1 << rng.random_range(0..8);
    }
}

/// Repeats a part until the input is about as long as it may be.
pub(crate) fn grow(input: &mut Vec<u8>, max: usize, rng: &mut StdRng) {
    let at = rng.random_range(0..=input.len());
    let to = at + rng.random_range(0..=(input.len() - at).min(400));
    let part = input[at..to].to_vec();
    let room = max.saturating_sub(input.len());
    if !part.is_empty() {
        insert(input, at, &part.repeat(room / part.len()));
    }
}
