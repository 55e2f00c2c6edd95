use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use xxhash_rust::xxh3::xxh3_128_with_seed;

/// `appsecret_proof`, and what follows `sha256=` in `X-Hub-Signature-256`.
pub(crate) fn hmac_hex(secret: &str, bytes: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, bytes);
    tag.as_ref().iter().fold(String::new(), |mut hex, byte| {
        if write!(hex, "{byte:02x}").is_err() {
            tracing::debug!("a string took no more");
        }
        hex
    })
}

/// Meta escapes what is not ASCII before it signs.
pub(crate) fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut units) {
            if write!(out, "\\u{unit:04x}").is_err() {
                tracing::debug!("a string took no more");
            }
        }
    }
    out
}

/// An id that looks random and is fixed by the seed and what it stands for.
pub(crate) fn id_from(seed: u64, kind: &str, number: u64) -> String {
    let bits = xxh3_128_with_seed(format!("{kind}/{number}").as_bytes(), seed);
    URL_SAFE_NO_PAD.encode(bits.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_what_other_clients_make_of_it() {
        assert_eq!(
            hmac_hex("app-secret", b"PAGE_TOKEN"),
            "4a59b332efe897fe2ef17216309d4c6bb19d81bd7eaf8fd062effed966ae7aa5"
        );
    }

    #[test]
    fn a_body_is_escaped_as_it_is_signed() {
        assert_eq!(
            escaped("{\"a\":\"\u{e4}\u{1f600}\"}"),
            r#"{"a":"\u00e4\ud83d\ude00"}"#
        );
    }
}
