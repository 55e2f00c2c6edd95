use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, de::Error as _};

const SECRET_BYTES_MIN: usize = 32;

/// The installation's secret, that identities and page tokens are signed with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    #[serde(deserialize_with = "long_enough")]
    pub secret: SecretString,
}

fn long_enough<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    let secret = SecretString::deserialize(deserializer)?;
    if secret.expose_secret().len() < SECRET_BYTES_MIN {
        return Err(D::Error::custom(format!(
            "the secret must have at least {SECRET_BYTES_MIN} characters"
        )));
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::AuthConfig;
    use crate::load_config;

    #[test]
    fn a_short_secret_is_refused() {
        assert!(load_config::<AuthConfig>("secret = ''").is_err());
        assert!(load_config::<AuthConfig>("secret = 'guessable'").is_err());
        assert!(load_config::<AuthConfig>("secret = '0a1b2c3d4e5f60718293a4b5c6d7e8f9'").is_ok());
    }

    #[test]
    fn the_secret_is_not_shown() {
        let config = AuthConfig {
            secret: "0a1b2c3d4e5f60718293a4b5c6d7e8f9".into(),
        };
        assert!(!format!("{config:?}").contains("0a1b"));
    }
}
