use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::token_mac::{is_same, mac};

const PURPOSE: &str = "fanfare.link.v1";
const PERSONAL: &str = "fanfare.link.personal.v1";
const ID_BYTES: usize = 16;
/// Eight bytes keep the address short, and are far more than can be tried over a network.
const MAC_BYTES: usize = 8;

/// Whose link it is, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParsedLink {
    pub link_id: Uuid,
    /// `None`: everybody's.
    pub contact_id: Option<Uuid>,
}

/// What stands in a tracked link's address. Only we can make one.
#[must_use]
pub fn link_token(secret: &[u8], link_id: Uuid) -> String {
    token(secret, PURPOSE, link_id.as_bytes())
}

/// What stands in the address of a link that is one person's own. The nil contact is nobody: its tokens are
/// as long as anybody's, and stand for them until a message is sent.
#[must_use]
pub fn personal_link_token(secret: &[u8], link_id: Uuid, contact_id: Uuid) -> String {
    let says = [*link_id.as_bytes(), *contact_id.as_bytes()].concat();
    token(secret, PERSONAL, &says)
}

/// The link that a token is for. `None`: we did not make it.
#[must_use]
pub fn parse_link_token(secret: &[u8], token: &str) -> Option<ParsedLink> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (says, given) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
    let (link_id, contact_id) = says.split_at_checked(ID_BYTES)?;
    let purpose = if contact_id.is_empty() {
        PURPOSE
    } else {
        PERSONAL
    };
    let expected: [u8; MAC_BYTES] = mac(secret, purpose, says);
    // A guess is worth nothing but a look-up, yet it costs nothing to give no hint either.
    if !is_same(&expected, given) {
        return None;
    }
    Some(ParsedLink {
        link_id: Uuid::from_slice(link_id).ok()?,
        contact_id: Uuid::from_slice(contact_id)
            .ok()
            .filter(|contact| !contact.is_nil()),
    })
}

fn token(secret: &[u8], purpose: &str, says: &[u8]) -> String {
    let mac: [u8; MAC_BYTES] = mac(secret, purpose, says);
    BASE64_URL_SAFE_NO_PAD.encode([says, &mac].concat())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &[u8] = b"a secret of at least thirty-two bytes";

    #[test]
    fn a_token_leads_back_to_its_link() {
        let link_id = Uuid::from_u128(7);
        let token = link_token(SECRET, link_id);
        let everybodys = ParsedLink {
            link_id,
            contact_id: None,
        };
        assert_eq!(parse_link_token(SECRET, &token), Some(everybodys));
        assert_eq!(parse_link_token(b"another secret", &token), None);
    }

    #[test]
    fn a_personal_token_leads_back_to_its_person_and_cannot_be_made_that_of_another() {
        let (link_id, contact_id) = (Uuid::from_u128(7), Uuid::from_u128(8));
        let parse = |token: &str| parse_link_token(SECRET, token);
        let token = personal_link_token(SECRET, link_id, contact_id);
        let hers = ParsedLink {
            link_id,
            contact_id: Some(contact_id),
        };
        assert_eq!(parse(&token), Some(hers));
        let nobodys = personal_link_token(SECRET, link_id, Uuid::nil());
        assert_eq!(nobodys.len(), token.len());
        assert_eq!(parse(&nobodys).unwrap().contact_id, None);
        let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&token).unwrap();
        bytes[20] ^= 1;
        assert_eq!(parse(&BASE64_URL_SAFE_NO_PAD.encode(&bytes)), None);
        // Nor does the front of one make a token of everybody's.
        bytes.truncate(24);
        assert_eq!(parse(&BASE64_URL_SAFE_NO_PAD.encode(&bytes)), None);
    }

    #[test]
    fn a_changed_token_is_nobodys() {
        let token = link_token(SECRET, Uuid::from_u128(7));
        for place in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(parse_link_token(SECRET, &changed), None);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_without_a_panic(text in ".*") {
            prop_assert_eq!(parse_link_token(SECRET, &text), None);
        }
    }
}
