use ring::hmac;
use secrecy::ExposeSecret as _;

use super::AuthConfig;

/// Signs lists of byte strings for one purpose: a signature for one is worth nothing for another.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    key: hmac::Key,
}

impl Signer {
    pub(crate) fn new(config: &AuthConfig, purpose: &str) -> Self {
        let secret = config.secret.expose_secret().as_bytes();
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derived = hmac::sign(&root, purpose.as_bytes());
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()),
        }
    }

    pub(crate) fn sign(&self, parts: &[&[u8]]) -> hmac::Tag {
        hmac::sign(&self.key, &framed(parts))
    }

    /// Takes as long for a wrong tag as for a right one.
    pub(crate) fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        hmac::verify(&self.key, &framed(parts), tag).is_ok()
    }
}

/// With lengths, so that no byte can be moved from one part into the next.
fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}
