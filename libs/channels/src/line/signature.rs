use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};

/// Whether the `x-line-signature` header was made for these very bytes with the channel's secret.
pub fn verify_signature(channel_secret: &SecretString, raw_body: &[u8], header: &str) -> bool {
    let Ok(signature) = STANDARD.decode(header) else {
        return false;
    };
    let secret = channel_secret.expose_secret().as_bytes();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    // In constant time.
    hmac::verify(&key, raw_body, &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "8c570fa6dd201bb328f1c1eac23a96d8";
    const BODY: &[u8] = br#"{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}"#;
    const SIGNATURE: &str = "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=";

    #[test]
    fn the_documented_example_is_genuine() {
        assert!(verify_signature(&SECRET.into(), BODY, SIGNATURE));
    }

    #[test]
    fn anything_else_is_not() {
        let with_a_space = [BODY, b" "].concat();
        assert!(!verify_signature(&SECRET.into(), &with_a_space, SIGNATURE));
        assert!(!verify_signature(&"another".into(), BODY, SIGNATURE));
        for header in [
            "",
            "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs",
            "=",
            "AAAA",
            "é",
        ] {
            assert!(!verify_signature(&SECRET.into(), BODY, header), "{header}");
        }
    }
}
