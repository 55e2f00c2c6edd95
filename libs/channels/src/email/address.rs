use std::{fmt, str::FromStr};

use lettre::Address;

use super::limits::{ADDRESS_BYTES_MAX, LOCAL_BYTES_MAX};

/// An address that SMTP can carry. It is somebody's, so it shows itself to no log.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(Address);

/// Why a text is no address. The text is not told again: it may be somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("has {bytes} bytes, more than {ADDRESS_BYTES_MAX}")]
    TooLong { bytes: usize },
    #[error("has {bytes} bytes before its @, more than {LOCAL_BYTES_MAX}")]
    LocalTooLong { bytes: usize },
    /// Whoever has a domain in other letters has it in Punycode too.
    #[error("is not in ASCII")]
    NotAscii,
    #[error("is not of the form name@example.com")]
    Form,
}

impl EmailAddress {
    /// The address as it stands in an envelope.
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    pub fn local(&self) -> &str {
        self.0.user()
    }

    pub fn domain(&self) -> &str {
        self.0.domain()
    }

    pub(super) fn lettre(&self) -> Address {
        self.0.clone()
    }

    /// `bounces@example.com` with `abc` is `bounces+abc@example.com`.
    pub(super) fn with_tag(&self, tag: &str) -> Result<Self, AddressError> {
        format!("{}+{tag}@{}", self.local(), self.domain()).parse()
    }
}

impl FromStr for EmailAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let bytes = text.len();
        if bytes > ADDRESS_BYTES_MAX {
            return Err(AddressError::TooLong { bytes });
        }
        if !text.is_ascii() {
            return Err(AddressError::NotAscii);
        }
        let bytes = text.rsplit_once('@').map_or(0, |(local, _)| local.len());
        if bytes > LOCAL_BYTES_MAX {
            return Err(AddressError::LocalTooLong { bytes });
        }
        // What a quoted name may hold, a command line may not.
        if text.bytes().any(|byte| !byte.is_ascii_graphic()) || text.contains(['<', '>']) {
            return Err(AddressError::Form);
        }
        text.parse().map(Self).map_err(|_| AddressError::Form)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_address_is_told_why_without_being_told() {
        let long = format!("{}@example.com", "a".repeat(65));
        let longer = format!("a@{}.com", "b".repeat(260));
        for (text, error) in [
            ("", AddressError::Form),
            ("ann", AddressError::Form),
            ("ann@", AddressError::Form),
            ("@example.com", AddressError::Form),
            (
                "ann@example.com\r\nRCPT TO:<bob@example.com>",
                AddressError::Form,
            ),
            ("\"a b\"@example.com", AddressError::Form),
            ("安@example.com", AddressError::NotAscii),
            (&long, AddressError::LocalTooLong { bytes: 65 }),
            (&longer, AddressError::TooLong { bytes: 266 }),
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(error), "{text}");
        }
        let ann: EmailAddress = "ann+shop@mail.example.com".parse().unwrap();
        assert_eq!(ann.as_str(), "ann+shop@mail.example.com");
        assert!(!format!("{ann:?}").contains("ann"));
    }

    proptest! {
        #[test]
        fn no_address_breaks_a_command_line(text in "\\PC*@\\PC*|[ -~\r\n]{0,40}@example.com") {
            if let Ok(address) = text.parse::<EmailAddress>() {
                prop_assert!(address.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert!(!address.as_str().contains('>'));
            }
        }
    }
}
