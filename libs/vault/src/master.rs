use std::{fs, path::Path};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::{MasterKeyError, VaultConfig, key::Key};

/// The key that wraps all others.
#[derive(Debug, Clone)]
pub struct MasterKey(pub(crate) Key);

impl MasterKey {
    pub fn load(config: &VaultConfig) -> Result<Self, MasterKeyError> {
        match (&config.master_key, &config.master_key_file) {
            (Some(encoded), None) => Self::decode(encoded),
            (None, Some(path)) => Self::read(path),
            (Some(_), Some(_)) | (None, None) => Err(MasterKeyError::NotOne),
        }
    }

    /// From 32 bytes in base64.
    pub fn decode(encoded: &SecretString) -> Result<Self, MasterKeyError> {
        let bytes = BASE64_STANDARD.decode(encoded.expose_secret().trim());
        let bytes = Zeroizing::new(bytes.map_err(|_| MasterKeyError::Malformed)?);
        let key = Key::from_slice(&bytes).ok_or(MasterKeyError::Malformed)?;
        Ok(Self(key))
    }

    /// A new one: what is sealed under it is lost with it.
    #[must_use]
    pub fn generate() -> Self {
        Self(Key::generate())
    }

    /// As [`MasterKey::decode`] reads it.
    #[must_use]
    pub fn encode(&self) -> SecretString {
        BASE64_STANDARD.encode(self.0.bytes()).into()
    }

    fn read(path: &Path) -> Result<Self, MasterKeyError> {
        let encoded = fs::read_to_string(path).map_err(MasterKeyError::File)?;
        Self::decode(&encoded.into())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use secrecy::ExposeSecret as _;

    use super::MasterKey;

    #[test]
    fn a_master_key_is_read_as_it_was_written() {
        let written = MasterKey::generate();
        let read = MasterKey::decode(&written.encode()).unwrap();
        assert_eq!(read.0.bytes(), written.0.bytes());
    }

    #[test]
    fn a_file_may_end_with_a_line_break() {
        let key = MasterKey::generate();
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), format!("{}\n", key.encode().expose_secret())).unwrap();
        let read = MasterKey::read(file.path()).unwrap();
        assert_eq!(read.0.bytes(), key.0.bytes());
    }

    #[test]
    fn what_is_not_32_bytes_is_refused() {
        for encoded in ["", "c2hvcnQ=", "not base64", &"A".repeat(88)] {
            assert!(MasterKey::decode(&encoded.into()).is_err(), "{encoded:?}");
        }
    }
}
