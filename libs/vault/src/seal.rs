use uuid::Uuid;

use crate::{
    OpenError,
    key::{Cipher, Key},
};

/// Seals bytes so that they can be read where they were written, and while the key exists.
#[derive(Debug, Clone)]
pub struct SealKey(pub(crate) Key);

/// Where sealed bytes belong; under another one they can't be opened.
///
/// The event's version would be natural here, but it is known only once the event is appended. Its
/// own id is as good: it is drawn before, and no two events share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aad<'a> {
    pub team_id: Uuid,
    /// The contact; whatever else the data is about where there is none.
    pub subject_id: Uuid,
    pub event_id: Uuid,
    /// The full protobuf name; with the field's where an event seals several for one subject.
    pub event_type: &'a str,
}

/// What became of sealed bytes. That a person was deleted is not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    Plain(Vec<u8>),
    /// The key was destroyed.
    Erased,
}

impl Opened {
    /// The bytes, unless they were erased.
    #[must_use]
    pub fn plain(self) -> Option<Vec<u8>> {
        match self {
            Self::Plain(bytes) => Some(bytes),
            Self::Erased => None,
        }
    }
}

impl SealKey {
    #[must_use]
    pub fn seal(&self, aad: &Aad<'_>, plaintext: &[u8]) -> Vec<u8> {
        self.cipher().encrypt(&aad.encode(), plaintext)
    }

    pub fn open(&self, aad: &Aad<'_>, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let plaintext = self.cipher().decrypt(&aad.encode(), sealed);
        plaintext.ok_or(OpenError::NotAuthentic)
    }

    fn cipher(&self) -> Cipher {
        self.0.cipher()
    }
}

impl Aad<'_> {
    /// Only the last part has no fixed length, so that no two places look the same.
    fn encode(&self) -> Vec<u8> {
        [
            b"fanfare.seal.v1".as_slice(),
            self.team_id.as_bytes(),
            self.subject_id.as_bytes(),
            self.event_id.as_bytes(),
            self.event_type.as_bytes(),
        ]
        .concat()
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};
    use uuid::Uuid;

    use super::{Aad, SealKey};
    use crate::key::Key;

    const HERE: Aad<'static> = Aad {
        team_id: Uuid::from_u128(1),
        subject_id: Uuid::from_u128(2),
        event_id: Uuid::from_u128(3),
        event_type: "fanfare.events.contacts.v1.ProfileChanged",
    };

    fn key() -> SealKey {
        SealKey(Key::from_slice(&[9; 32]).unwrap())
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_opened_again(plaintext in vec(any::<u8>(), 0..2048)) {
            let sealed = key().seal(&HERE, &plaintext);
            prop_assert_eq!(key().open(&HERE, &sealed).unwrap(), plaintext);
        }

        #[test]
        fn no_byte_can_be_changed(plaintext in vec(any::<u8>(), 0..64), at in any::<prop::sample::Index>(), mask in 1..=255_u8) {
            let mut sealed = key().seal(&HERE, &plaintext);
            let at = at.index(sealed.len());
            sealed[at] ^= mask;
            prop_assert!(key().open(&HERE, &sealed).is_err());
        }

        #[test]
        fn no_bytes_make_opening_panic(sealed in vec(any::<u8>(), 0..64)) {
            prop_assert!(key().open(&HERE, &sealed).is_err());
        }
    }

    #[test]
    fn sealed_bytes_can_not_be_moved() {
        let sealed = key().seal(&HERE, b"Mia");
        let other = Uuid::from_u128(9);
        let elsewhere = [
            Aad {
                team_id: other,
                ..HERE
            },
            Aad {
                subject_id: other,
                ..HERE
            },
            Aad {
                event_id: other,
                ..HERE
            },
            Aad {
                event_type: "fanfare.events.contacts.v1.ContactFollowed",
                ..HERE
            },
        ];
        for place in elsewhere {
            assert!(key().open(&place, &sealed).is_err(), "{place:?}");
        }
    }

    #[test]
    fn the_same_bytes_never_look_the_same() {
        assert_ne!(key().seal(&HERE, b"Mia"), key().seal(&HERE, b"Mia"));
    }

    #[test]
    fn a_seal_key_is_not_shown() {
        assert_eq!(format!("{:?}", key()), "SealKey([key])");
    }

    /// Bytes of the first release. They are in logs for good.
    #[test]
    fn bytes_sealed_by_release_1_are_opened() {
        let sealed = hex(RELEASE_1);
        assert_eq!(key().open(&HERE, &sealed).unwrap(), b"Mia");
    }

    const RELEASE_1: &str = "86cf51ee26e82938b8756d239bddda2d8ee92b611b63c49d88cf22bc5331ca";

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect()
    }
}
