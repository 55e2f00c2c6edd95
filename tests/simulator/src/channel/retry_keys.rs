use std::{collections::HashMap, time::Duration};

use uuid::Uuid;

const KEPT: Duration = Duration::from_hours(24);

/// Which retry keys were seen in the last 24 hours, and which of them led to a 2xx.
#[derive(Debug, Default)]
pub(crate) struct RetryKeys {
    keys: HashMap<Uuid, Key>,
    /// Requests that came under a known key with other bytes: always a fault of the sender.
    pub(crate) changed_bodies: u64,
}

#[derive(Debug)]
struct Key {
    first_at: Duration,
    body_hash: u64,
    /// Index into the journal.
    accepted: Option<usize>,
}

impl RetryKeys {
    /// Notes the attempt. Answers which delivery the key stands for, once it has been accepted.
    pub(crate) fn claim(&mut self, key: Uuid, body_hash: u64, now: Duration) -> Option<usize> {
        let fresh = Key {
            first_at: now,
            body_hash,
            accepted: None,
        };
        let known = self.keys.entry(key).or_insert(fresh);
        if now.saturating_sub(known.first_at) >= KEPT {
            *known = Key {
                first_at: now,
                body_hash,
                accepted: None,
            };
        }
        if known.body_hash != body_hash {
            self.changed_bodies += 1;
        }
        known.accepted
    }

    pub(crate) fn accept(&mut self, key: Uuid, delivery: usize) {
        if let Some(known) = self.keys.get_mut(&key) {
            known.accepted = Some(delivery);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Uuid = Uuid::from_u128(1);

    #[test]
    fn a_key_that_was_never_accepted_may_be_used_again() {
        let mut keys = RetryKeys::default();
        assert_eq!(keys.claim(KEY, 1, Duration::ZERO), None);
        assert_eq!(keys.claim(KEY, 1, Duration::ZERO), None);
        keys.accept(KEY, 4);
        assert_eq!(keys.claim(KEY, 1, Duration::ZERO), Some(4));
    }

    #[test]
    fn a_key_is_forgotten_after_a_day() {
        let mut keys = RetryKeys::default();
        keys.claim(KEY, 1, Duration::ZERO);
        keys.accept(KEY, 4);
        let almost = KEPT.saturating_sub(Duration::from_millis(1));
        assert_eq!(keys.claim(KEY, 1, almost), Some(4));
        assert_eq!(keys.claim(KEY, 1, KEPT), None);
    }

    #[test]
    fn other_bytes_under_a_known_key_are_noted() {
        let mut keys = RetryKeys::default();
        keys.claim(KEY, 1, Duration::ZERO);
        keys.claim(KEY, 2, Duration::ZERO);
        assert_eq!(keys.changed_bodies, 1);
    }
}
