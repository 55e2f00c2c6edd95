//! Servers quote the address that they refuse. What we keep does not.

use super::{phase::Phase, reply::Reply};

const CHARS_MAX: usize = 300;

/// The code, and the server's words where they can be about nobody.
pub(super) fn without_people(reply: &Reply) -> String {
    let code = match reply.enhanced {
        Some(enhanced) => format!("{} {enhanced}", reply.code),
        None => reply.code.to_string(),
    };
    match reply.phase {
        // About the sender and the server.
        Phase::Connect | Phase::Auth | Phase::Mail => {
            format!("{code} at {}: {}", reply.phase, words(reply))
        }
        // About the recipient, whose name may stand in any word.
        Phase::Rcpt | Phase::Data | Phase::End => format!("{code} at {}", reply.phase),
    }
}

/// Our own addresses are left out as well: nobody can tell them from others'.
fn words(reply: &Reply) -> String {
    let enhanced = usize::from(reply.enhanced.is_some());
    let words: Vec<&str> = reply.text.split_whitespace().skip(enhanced).collect();
    let clean = words.into_iter().map(|word| {
        if word.contains('@') {
            "<address>"
        } else {
            word
        }
    });
    let text: String = clean.collect::<Vec<_>>().join(" ");
    text.chars()
        .filter(|char| !char.is_control())
        .take(CHARS_MAX)
        .collect()
}
