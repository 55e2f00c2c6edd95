use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use uuid::Uuid;

use crate::key::Key;

/// How long a key that was destroyed elsewhere still works here.
const TTL: Duration = Duration::from_secs(30);
const KEYS_MAX: usize = 200_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum KeyId {
    Team(Uuid),
    Contact { team_id: Uuid, contact_id: Uuid },
    Broadcast { team_id: Uuid, broadcast_id: Uuid },
    Day(NaiveDate),
}

/// Unwrapped keys, for a short while and not too many.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    keys: Mutex<HashMap<KeyId, Cached>>,
}

#[derive(Debug)]
struct Cached {
    key: Key,
    read_at: Instant,
}

impl Cache {
    pub(crate) fn get(&self, id: KeyId) -> Option<Key> {
        let keys = self.lock();
        let cached = keys.get(&id)?;
        (cached.read_at.elapsed() < TTL).then(|| cached.key.clone())
    }

    /// `read_at` is from before the key was read, so that its age is never taken for less.
    pub(crate) fn put(&self, read_at: Instant, found: impl IntoIterator<Item = (KeyId, Key)>) {
        let mut keys = self.lock();
        for (id, key) in found {
            if keys.len() >= KEYS_MAX {
                keys.retain(|_, cached| cached.read_at.elapsed() < TTL);
            }
            if keys.len() >= KEYS_MAX {
                keys.clear();
            }
            keys.insert(id, Cached { key, read_at });
        }
    }

    pub(crate) fn evict(&self, id: KeyId) {
        self.lock().remove(&id);
    }

    pub(crate) fn retain(&self, keep: impl Fn(&KeyId) -> bool) {
        self.lock().retain(|id, _| keep(id));
    }

    /// Whoever panicked while it held the lock left a map that is whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<KeyId, Cached>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use uuid::Uuid;

    use super::{Cache, KEYS_MAX, KeyId, TTL};
    use crate::key::Key;

    const ID: KeyId = KeyId::Team(Uuid::from_u128(1));

    #[test]
    fn a_key_is_forgotten_after_a_while() {
        let cache = Cache::default();
        cache.put(Instant::now(), [(ID, Key::generate())]);
        assert!(cache.get(ID).is_some());

        let long_ago = Instant::now().checked_sub(TTL).unwrap();
        cache.put(long_ago, [(ID, Key::generate())]);
        assert!(cache.get(ID).is_none());
    }

    #[test]
    fn an_evicted_key_is_gone_at_once() {
        let cache = Cache::default();
        cache.put(Instant::now(), [(ID, Key::generate())]);
        cache.evict(ID);
        assert!(cache.get(ID).is_none());
    }

    #[test]
    fn there_are_never_more_keys_than_the_limit() {
        let cache = Cache::default();
        let key = Key::generate();
        let ids = (0..=KEYS_MAX).map(|n| KeyId::Team(Uuid::from_u128(n as u128)));
        cache.put(Instant::now(), ids.map(|id| (id, key.clone())));
        assert!(cache.lock().len() <= KEYS_MAX);
    }
}
