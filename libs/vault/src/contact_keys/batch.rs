use std::collections::HashMap;

use uuid::Uuid;

use crate::{Aad, OpenError, Opened, SealKey, key::Key};

/// The key of one contact, or the fact that it was destroyed.
#[derive(Debug, Clone)]
pub enum ContactKey {
    Live(SealKey),
    Erased,
}

/// The keys of many contacts of a team, read at once.
#[derive(Debug, Clone, Default)]
pub struct ContactKeys {
    keys: HashMap<Uuid, ContactKey>,
}

impl ContactKeys {
    pub fn get(&self, contact_id: Uuid) -> Option<&ContactKey> {
        self.keys.get(&contact_id)
    }

    /// The contact's key, unless it was destroyed or does not exist.
    pub fn live(&self, contact_id: Uuid) -> Option<&SealKey> {
        match self.get(contact_id)? {
            ContactKey::Live(key) => Some(key),
            ContactKey::Erased => None,
        }
    }

    pub fn is_erased(&self, contact_id: Uuid) -> bool {
        matches!(self.get(contact_id), Some(ContactKey::Erased))
    }

    /// Opens bytes with the key of the contact that `aad` names.
    pub fn open(&self, aad: &Aad<'_>, sealed: &[u8]) -> Result<Opened, OpenError> {
        match self.get(aad.subject_id) {
            Some(ContactKey::Live(key)) => Ok(Opened::Plain(key.open(aad, sealed)?)),
            Some(ContactKey::Erased) => Ok(Opened::Erased),
            None => Err(OpenError::KeyMissing),
        }
    }

    /// With those of others.
    #[must_use]
    pub fn with(mut self, others: Self) -> Self {
        self.keys.extend(others.keys);
        self
    }

    pub(super) fn learn(&mut self, live: impl IntoIterator<Item = (Uuid, Key)>) {
        for (contact_id, key) in live {
            self.insert(contact_id, ContactKey::Live(SealKey(key)));
        }
    }

    pub(super) fn insert(&mut self, contact_id: Uuid, key: ContactKey) {
        self.keys.insert(contact_id, key);
    }
}
