use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::hmac;
use uuid::Uuid;

const ID_BYTES: usize = 16;
const MAC_BYTES: usize = 8;

/// What stands in a tracked link's address. Only we can make one.
#[must_use]
pub fn link_token(secret: &[u8], link_id: Uuid) -> String {
    let mut token = link_id.as_bytes().to_vec();
    token.extend_from_slice(&mac(secret, link_id));
    BASE64_URL_SAFE_NO_PAD.encode(token)
}

/// The link that a token is for. `None`: we did not make it.
#[must_use]
pub fn parse_link_token(secret: &[u8], token: &str) -> Option<Uuid> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (id, given) = bytes.split_at_checked(ID_BYTES)?;
    let link_id = Uuid::from_slice(id).ok()?;
    let expected = mac(secret, link_id);
    // A guess is worth nothing but a look-up, yet it costs nothing to give no hint either.
    let differences = expected
        .iter()
        .zip(given)
        .fold(0, |found, (a, b)| found | (a ^ b));
    (given.len() == MAC_BYTES && differences == 0).then_some(link_id)
}

/// Eight bytes keep the address short, and are far more than can be tried over a network.
fn mac(secret: &[u8], link_id: Uuid) -> [u8; MAC_BYTES] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let tag = hmac::sign(
        &key,
        &[b"fanfare.link.v1", link_id.as_bytes().as_slice()].concat(),
    );
    let mut mac = [0; MAC_BYTES];
    for (byte, from) in mac.iter_mut().zip(tag.as_ref()) {
        *byte = *from;
    }
    mac
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
        assert_eq!(parse_link_token(SECRET, &token), Some(link_id));
        assert_eq!(parse_link_token(b"another secret", &token), None);
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
