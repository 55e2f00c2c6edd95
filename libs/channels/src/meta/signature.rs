use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};

const DIGITS: [char; 16] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
];

/// Whether the `X-Hub-Signature-256` header was made for these very bytes with the app's secret.
///
/// Meta escapes what is not ASCII: a body that was parsed and written again has another signature.
pub fn verify_signature(app_secret: &SecretString, raw_body: &[u8], header: &str) -> bool {
    let Some(signature) = header.strip_prefix("sha256=").and_then(from_hex) else {
        return false;
    };
    // In constant time.
    hmac::verify(&key(app_secret), raw_body, &signature).is_ok()
}

/// What shows Graph that a token is used by its own app.
pub fn appsecret_proof(app_secret: &SecretString, access_token: &SecretString) -> SecretString {
    let token = access_token.expose_secret().as_bytes();
    let signed = hmac::sign(&key(app_secret), token);
    let digits = |byte: &u8| [byte >> 4, byte & 0xf].map(|digit| DIGITS[usize::from(digit)]);
    let proof: String = signed.as_ref().iter().flat_map(digits).collect();
    proof.into()
}

/// What to answer when Meta asks whether the address is ours; nothing (403) if the token is not.
pub fn subscription_challenge<'a>(
    verify_token: &SecretString,
    mode: &str,
    token: &str,
    challenge: &'a str,
) -> Option<&'a str> {
    let expected = hmac::sign(&key(verify_token), verify_token.expose_secret().as_bytes());
    let same = hmac::verify(&key(verify_token), token.as_bytes(), expected.as_ref()).is_ok();
    (mode == "subscribe" && same).then_some(challenge)
}

fn key(secret: &SecretString) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes())
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    pairs.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "app-secret";
    /// As it comes: what is not ASCII is escaped.
    const ESCAPED: &[u8] =
        br#"{"object":"page","entry":[{"id":"1","time":1,"messaging":[{"message":{"text":"\u00e4\u00f6\u00e5"}}]}]}"#;
    const SIGNATURE: &str =
        "sha256=14ba4e93a21d9bcc65a70ddac0e4569d859de706b7a871edba8c424e42d521c0";

    fn genuine(body: &[u8], header: &str) -> bool {
        verify_signature(&SECRET.into(), body, header)
    }

    #[test]
    fn the_raw_bytes_are_signed_and_no_others() {
        assert!(genuine(ESCAPED, SIGNATURE));
        let rewritten = serde_json::from_slice::<serde_json::Value>(ESCAPED).unwrap();
        assert!(!genuine(rewritten.to_string().as_bytes(), SIGNATURE));
        assert!(!genuine(&[ESCAPED, b"\n"].concat(), SIGNATURE));
        // The same text unescaped has its own signature.
        let plain = r#"{"object":"page","entry":[{"id":"1","time":1,"messaging":[{"message":{"text":"äöå"}}]}]}"#;
        let its_own = "sha256=0767dcd3286b654d86b6adfc9541e1efc8325e9d0dd281d9b5d9718d5917770d";
        assert!(genuine(plain.as_bytes(), its_own));
        assert!(!genuine(plain.as_bytes(), SIGNATURE));
    }

    #[test]
    fn anything_else_is_not_genuine() {
        assert!(!verify_signature(&"another".into(), ESCAPED, SIGNATURE));
        let digits = SIGNATURE.trim_start_matches("sha256=");
        for header in [
            String::new(),
            "sha256=".to_owned(),
            digits.to_owned(),
            format!("sha1={digits}"),
            format!("sha256={}", digits.to_uppercase()),
            format!("sha256={}", &digits[1..]),
            format!("sha256={digits}00"),
            "sha256=é".to_owned(),
        ] {
            assert!(!genuine(ESCAPED, &header), "{header}");
        }
    }

    #[test]
    fn the_proof_is_what_other_clients_send() {
        let proof = appsecret_proof(&SECRET.into(), &"PAGE_TOKEN".into());
        assert_eq!(
            proof.expose_secret(),
            "4a59b332efe897fe2ef17216309d4c6bb19d81bd7eaf8fd062effed966ae7aa5"
        );
    }

    #[test]
    fn only_who_knows_the_token_is_answered() {
        let answer =
            |mode, token| subscription_challenge(&"word".into(), mode, token, "1158201444");
        assert_eq!(answer("subscribe", "word"), Some("1158201444"));
        assert_eq!(answer("subscribe", "words"), None);
        assert_eq!(answer("subscribe", ""), None);
        assert_eq!(answer("unsubscribe", "word"), None);
    }
}
