use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::token_mac::{is_same, mac};

const PURPOSE: &str = "fanfare.unsubscribe.v1";
const ID_BYTES: usize = 16;
const MAC_BYTES: usize = 16;

/// Who leaves what. It needs no look-up, so that a link works for as long as the mail is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsubscribe {
    pub account_id: Uuid,
    pub contact_id: Uuid,
    /// By whose mail.
    pub broadcast_id: Uuid,
}

/// What stands in the link. Only we can make one, and it says nothing about the person to anybody else.
#[must_use]
pub fn unsubscribe_token(secret: &[u8], unsubscribe: &Unsubscribe) -> String {
    let ids = [
        unsubscribe.account_id,
        unsubscribe.contact_id,
        unsubscribe.broadcast_id,
    ];
    let mut token: Vec<u8> = ids.iter().flat_map(Uuid::as_bytes).copied().collect();
    let mac: [u8; MAC_BYTES] = mac(secret, PURPOSE, &token);
    token.extend_from_slice(&mac);
    BASE64_URL_SAFE_NO_PAD.encode(token)
}

/// Who leaves what by this link. `None`: we did not make it.
#[must_use]
pub fn parse_unsubscribe_token(secret: &[u8], token: &str) -> Option<Unsubscribe> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (says, given) = bytes.split_at_checked(3 * ID_BYTES)?;
    let expected: [u8; MAC_BYTES] = mac(secret, PURPOSE, says);
    if !is_same(&expected, given) {
        return None;
    }
    let mut ids = says
        .chunks_exact(ID_BYTES)
        .map(|id| Uuid::from_slice(id).ok());
    Some(Unsubscribe {
        account_id: ids.next()??,
        contact_id: ids.next()??,
        broadcast_id: ids.next()??,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &[u8] = b"a secret of at least thirty-two bytes";

    fn unsubscribe() -> Unsubscribe {
        Unsubscribe {
            account_id: Uuid::from_u128(1),
            contact_id: Uuid::from_u128(2),
            broadcast_id: Uuid::from_u128(3),
        }
    }

    #[test]
    fn a_token_leads_back_to_who_leaves_what() {
        let token = unsubscribe_token(SECRET, &unsubscribe());
        assert_eq!(parse_unsubscribe_token(SECRET, &token), Some(unsubscribe()));
        assert_eq!(parse_unsubscribe_token(b"another secret", &token), None);
    }

    #[test]
    fn a_changed_token_is_nobodys() {
        let token = unsubscribe_token(SECRET, &unsubscribe());
        for place in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(parse_unsubscribe_token(SECRET, &changed), None);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_without_a_panic(text in ".*") {
            prop_assert_eq!(parse_unsubscribe_token(SECRET, &text), None);
        }
    }
}
