use std::fmt;

use ring::hmac;
use uuid::Uuid;

use crate::key::Key;

/// Turns what identifies a person into bytes that can be compared, but not guessed, without the
/// team's key.
#[derive(Clone)]
pub struct LookupKey(hmac::Key);

impl fmt::Debug for LookupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookupKey([key])")
    }
}

impl LookupKey {
    pub(crate) fn new(team_key: &Key) -> Self {
        let key = team_key.derive("lookup");
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.bytes()))
    }

    /// A person as one of the team's accounts knows them.
    #[must_use]
    pub fn identity(&self, account_id: Uuid, external_id: &str) -> [u8; 32] {
        self.sign("identity", &[account_id.as_bytes(), external_id.as_bytes()])
    }

    /// A person as the team's own customer list knows them.
    #[must_use]
    pub fn member(&self, member_number: &str) -> [u8; 32] {
        self.sign("member", &[member_number.as_bytes()])
    }

    /// A name, in the form in which names are compared.
    #[must_use]
    pub fn name(&self, folded: &str) -> [u8; 32] {
        self.sign("name", &[folded.as_bytes()])
    }

    /// An e-mail address, in the form in which addresses are compared.
    #[must_use]
    pub fn email(&self, folded: &str) -> [u8; 32] {
        self.sign("email", &[folded.as_bytes()])
    }

    /// A phone number, in the form in which numbers are compared.
    #[must_use]
    pub fn phone(&self, folded: &str) -> [u8; 32] {
        self.sign("phone", &[folded.as_bytes()])
    }

    /// A message, by its channel's id of it. Some channels' ids hold the person's number.
    #[must_use]
    pub fn message(&self, channel_message_id: &str) -> [u8; 32] {
        self.sign("message", &[channel_message_id.as_bytes()])
    }

    /// Anything else, to see whether it is the same as before.
    #[must_use]
    pub fn digest(&self, bytes: &[u8]) -> [u8; 32] {
        self.sign("digest", &[bytes])
    }

    /// What varies in length comes last in `parts`.
    fn sign(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        for part in parts {
            context.update(part);
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.sign().as_ref());
        digest
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::LookupKey;
    use crate::key::Key;

    const ACCOUNT: Uuid = Uuid::from_u128(1);

    fn team(byte: u8) -> LookupKey {
        LookupKey::new(&Key::from_slice(&[byte; 32]).unwrap())
    }

    #[test]
    fn the_same_person_is_found_again() {
        assert_eq!(
            team(1).identity(ACCOUNT, "U1"),
            team(1).identity(ACCOUNT, "U1")
        );
    }

    #[test]
    fn teams_accounts_and_purposes_have_nothing_in_common() {
        let digests = [
            team(1).identity(ACCOUNT, "U1"),
            team(1).identity(ACCOUNT, "U2"),
            team(1).identity(Uuid::from_u128(2), "U1"),
            team(1).member("U1"),
            team(1).digest(b"U1"),
            team(2).identity(ACCOUNT, "U1"),
            team(2).member("U1"),
        ];
        for (at, digest) in digests.iter().enumerate() {
            assert!(!digests[..at].contains(digest), "{at}");
        }
    }

    /// Identities are in the log for good: how they are made can't change.
    #[test]
    fn an_identity_stays_what_it_was_in_release_1() {
        let identity = team(1).identity(ACCOUNT, "U1");
        assert_eq!(&identity[..8], &[47, 72, 245, 106, 134, 23, 85, 222]);
    }
}
