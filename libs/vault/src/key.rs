use std::{cell::RefCell, fmt, sync::Arc};

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf,
    rand::{SecureRandom as _, SystemRandom},
};
use zeroize::Zeroizing;

pub(crate) const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const NONCES_AT_ONCE: usize = 64;

/// 256 bits, overwritten when the last copy is dropped.
#[derive(Clone)]
pub(crate) struct Key(Arc<Zeroizing<[u8; KEY_BYTES]>>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key]")
    }
}

impl Key {
    pub(crate) fn generate() -> Self {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        fill_random(&mut *bytes);
        Self(Arc::new(bytes))
    }

    /// Asks the system once.
    pub(crate) fn generate_many(count: usize) -> Vec<Self> {
        let mut bytes = Zeroizing::new(vec![0; count * KEY_BYTES]);
        fill_random(&mut bytes);
        let (keys, _) = bytes.as_chunks::<KEY_BYTES>();
        keys.iter()
            .map(|key| Self(Arc::new(Zeroizing::new(*key))))
            .collect()
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let bytes = <[u8; KEY_BYTES]>::try_from(bytes).ok()?;
        Some(Self(Arc::new(Zeroizing::new(bytes))))
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// Another key for a purpose of its own.
    #[expect(clippy::expect_used, reason = "HKDF gives 32 bytes")]
    pub(crate) fn derive(&self, purpose: &str) -> Self {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"fanfare.vault.v1").extract(self.bytes());
        let info = [purpose.as_bytes()];
        let derived = root.expand(&info, hkdf::HKDF_SHA256);
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        derived
            .and_then(|okm| okm.fill(&mut *bytes))
            .expect("HKDF gives 32 bytes");
        Self(Arc::new(bytes))
    }

    /// Ready to encrypt; prepared once for many.
    #[expect(
        clippy::expect_used,
        reason = "a key has the length that AES-256 asks for"
    )]
    pub(crate) fn cipher(&self) -> Cipher {
        let key = UnboundKey::new(&AES_256_GCM, self.bytes()).expect("a key has 32 bytes");
        Cipher(LessSafeKey::new(key))
    }
}

/// AES-256-GCM with a random nonce in front: `nonce ‖ ciphertext ‖ tag`.
pub(crate) struct Cipher(LessSafeKey);

impl Cipher {
    #[expect(clippy::expect_used, reason = "only 64 GiB are too long for AES-GCM")]
    pub(crate) fn encrypt(&self, aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let nonce = fresh_nonce();
        let mut bytes = Vec::with_capacity(NONCE_LEN + plaintext.len() + TAG_BYTES);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(plaintext);
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(aad),
                &mut bytes[NONCE_LEN..],
            )
            .expect("a message is shorter than 64 GiB");
        bytes.extend_from_slice(tag.as_ref());
        bytes
    }

    pub(crate) fn decrypt(&self, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let mut bytes = ciphertext.to_vec();
        let length = self
            .0
            .open_in_place(nonce, Aad::from(aad), &mut bytes)
            .ok()?
            .len();
        bytes.truncate(length);
        Some(bytes)
    }

    pub(crate) fn wrap(&self, aad: &[u8], key: &Key) -> Vec<u8> {
        self.encrypt(aad, key.bytes())
    }

    pub(crate) fn unwrap(&self, aad: &[u8], wrapped: &[u8]) -> Option<Key> {
        let bytes = Zeroizing::new(self.decrypt(aad, wrapped)?);
        Key::from_slice(&bytes)
    }
}

/// Random, and never given out twice. Nonces are no secret, so that some are drawn in advance.
fn fresh_nonce() -> [u8; NONCE_LEN] {
    thread_local! {
        static DRAWN: RefCell<Vec<[u8; NONCE_LEN]>> = const { RefCell::new(Vec::new()) };
    }
    DRAWN.with_borrow_mut(|drawn| {
        loop {
            if let Some(nonce) = drawn.pop() {
                return nonce;
            }
            let mut bytes = [0; NONCE_LEN * NONCES_AT_ONCE];
            fill_random(&mut bytes);
            drawn.extend_from_slice(bytes.as_chunks().0);
        }
    })
}

#[expect(clippy::expect_used, reason = "without randomness nothing may go on")]
fn fill_random(bytes: &mut [u8]) {
    let random = SystemRandom::new();
    random.fill(bytes).expect("the system gives random bytes");
}

#[cfg(test)]
mod tests {
    use super::{Key, fresh_nonce};

    #[test]
    fn derived_keys_differ_by_purpose_and_are_always_the_same() {
        let key = Key::from_slice(&[7; 32]).unwrap();
        assert_eq!(key.derive("a").bytes(), key.derive("a").bytes());
        assert_ne!(key.derive("a").bytes(), key.derive("b").bytes());
        assert_ne!(key.derive("a").bytes(), key.bytes());
    }

    #[test]
    fn a_key_is_unwrapped_only_for_the_row_it_was_wrapped_for() {
        let cipher = Key::generate().cipher();
        let key = Key::generate();
        let wrapped = cipher.wrap(b"row 1", &key);
        assert_eq!(
            cipher.unwrap(b"row 1", &wrapped).unwrap().bytes(),
            key.bytes()
        );
        assert!(cipher.unwrap(b"row 2", &wrapped).is_none());
        assert!(!wrapped.windows(32).any(|window| window == key.bytes()));
    }

    #[test]
    fn no_nonce_and_no_key_is_given_out_twice() {
        let mut nonces: Vec<_> = (0..1_000).map(|_| fresh_nonce()).collect();
        nonces.sort_unstable();
        nonces.dedup();
        assert_eq!(nonces.len(), 1_000);
        let mut keys: Vec<_> = Key::generate_many(1_000)
            .iter()
            .map(|key| *key.bytes())
            .collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 1_000);
    }

    #[test]
    fn a_key_is_not_shown() {
        let key = Key::from_slice(&[0x41; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "[key]");
    }
}
