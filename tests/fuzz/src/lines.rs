//! Spoils mails by the line and by the part.

use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};

const HEADERS: [&str; 12] = [
    "Content-Type: multipart/report; boundary=\"b\"",
    "Content-Type: multipart/mixed; boundary=b",
    "Content-Type: message/delivery-status",
    "Content-Type: message/feedback-report",
    "Content-Type: message/rfc822",
    "Content-Transfer-Encoding: base64",
    "Content-Transfer-Encoding: quoted-printable",
    "--b",
    "--b--",
    "Final-Recipient: rfc822; x",
    "Status: 5.1.1",
    "Feedback-Type: abuse",
];

pub(crate) fn spoil(input: &mut Vec<u8>, other: &[u8], rng: &mut StdRng) {
    let mut lines: Vec<&[u8]> = input.split_inclusive(|byte| *byte == b'\n').collect();
    let other: Vec<&[u8]> = other.split_inclusive(|byte| *byte == b'\n').collect();
    let at = rng.random_range(0..=lines.len());
    let to = at + rng.random_range(0..=(lines.len() - at).min(12));
    let header = format!("{}\r\n", HEADERS.choose(rng).unwrap_or(&""));
    match rng.random_range(0..7) {
        0 => drop(lines.drain(at..to)),
        1 => {
            let part = lines[at..to].repeat(rng.random_range(1..=20));
            drop(lines.splice(at..at, part));
        }
        2 => lines.insert(at, header.as_bytes()),
        3 => lines.insert(at, b"\r\n"),
        4 => {
            let from = rng.random_range(0..=other.len());
            drop(lines.splice(at..to, other[from..].iter().copied()));
        }
        5 => {
            let nested = [header.as_bytes(), b"\r\n--b\r\n"].repeat(rng.random_range(1..200));
            drop(lines.splice(at..at, nested));
        }
        _ => lines.reverse(),
    }
    *input = lines.concat();
}
