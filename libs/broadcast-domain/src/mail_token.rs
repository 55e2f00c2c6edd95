use data_encoding::BASE32_NOPAD;
use uuid::Uuid;

use crate::{
    correlation::Correlation,
    token_mac::{is_same, mac},
};

const PURPOSE: &str = "fanfare.mail.v1";
const ID_BYTES: usize = 16;
const SAYS_BYTES: usize = 20;
const MAC_BYTES: usize = 8;

/// What names a person of a chunk in the return path of a mail: 45 of a-z and 2-7.
///
/// Anybody can write a bounce. Only whoever got this mail can write one that is believed.
#[must_use]
pub fn mail_token(secret: &[u8], correlation: Correlation) -> String {
    let mut token = correlation.chunk_id.as_bytes().to_vec();
    token.extend_from_slice(&correlation.place.to_be_bytes());
    let mac: [u8; MAC_BYTES] = mac(secret, PURPOSE, &token);
    token.extend_from_slice(&mac);
    BASE32_NOPAD.encode(&token).to_ascii_lowercase()
}

/// Whom a token names, in whatever case it came back. `None`: we did not make it.
#[must_use]
pub fn parse_mail_token(secret: &[u8], token: &str) -> Option<Correlation> {
    let upper = token.to_ascii_uppercase();
    let bytes = BASE32_NOPAD.decode(upper.as_bytes()).ok()?;
    let (says, given) = bytes.split_at_checked(SAYS_BYTES)?;
    let expected: [u8; MAC_BYTES] = mac(secret, PURPOSE, says);
    let (chunk_id, place) = says.split_at_checked(ID_BYTES)?;
    let correlation = Correlation {
        chunk_id: Uuid::from_slice(chunk_id).ok()?,
        place: u32::from_be_bytes(place.try_into().ok()?),
    };
    is_same(&expected, given).then_some(correlation)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &[u8] = b"a secret of at least thirty-two bytes";

    fn token() -> (Correlation, String) {
        let correlation = Correlation {
            chunk_id: Uuid::from_u128(7),
            place: 499,
        };
        (correlation, mail_token(SECRET, correlation))
    }

    #[test]
    fn a_token_fits_in_an_address_and_leads_back_in_any_case() {
        let (correlation, token) = token();
        assert_eq!(token.len(), 45);
        assert!(
            token
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        );
        assert_eq!(parse_mail_token(SECRET, &token), Some(correlation));
        let upper = token.to_ascii_uppercase();
        assert_eq!(parse_mail_token(SECRET, &upper), Some(correlation));
        assert_eq!(parse_mail_token(b"another secret", &token), None);
    }

    #[test]
    fn a_changed_token_is_nobodys() {
        let (_, token) = token();
        for place in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == b'a' { b'b' } else { b'a' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(parse_mail_token(SECRET, &changed), None);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_without_a_panic(text in ".*|[a-z2-7]{45}") {
            prop_assert_eq!(parse_mail_token(SECRET, &text), None);
        }
    }
}
