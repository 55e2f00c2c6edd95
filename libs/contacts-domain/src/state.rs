use chrono::{DateTime, Utc};

use crate::ContactFact;

/// What is known of a contact, without personal data.
///
/// Facts from a channel may come late and in any order: times only ever move to the earliest or the
/// latest known, so their order does not matter. Imports come in the log's order; the last one's
/// tags hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactState {
    /// Sorted, each once.
    pub tags: Vec<String>,
    /// The earliest known.
    pub subscribed_at: Option<DateTime<Utc>>,
    /// The latest known.
    pub last_interaction_at: Option<DateTime<Utc>>,
    /// When the person was last known to follow. A message counts: no channel delivers one from a
    /// person who blocks the account.
    pub followed_at: Option<DateTime<Utc>>,
    /// When the person last blocked the account.
    pub blocked_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContactStatus {
    Subscribed,
    Blocked,
}

impl ContactState {
    /// Total: a fact can't be refused. Applying one again changes nothing.
    pub fn apply(&mut self, fact: &ContactFact<'_>) {
        match *fact {
            ContactFact::Imported {
                tags,
                subscribed_at,
                last_interaction_at,
            } => {
                self.tags = sorted(tags);
                self.subscribed_at = earliest(self.subscribed_at, subscribed_at);
                self.last_interaction_at = self.last_interaction_at.max(last_interaction_at);
            }
            ContactFact::Followed { at } | ContactFact::Interacted { at } => {
                self.subscribed_at = earliest(self.subscribed_at, at);
                self.last_interaction_at = self.last_interaction_at.max(at);
                self.followed_at = self.followed_at.max(at);
            }
            ContactFact::Blocked { at } => self.blocked_at = self.blocked_at.max(at),
        }
    }

    /// A block holds until the person is known to follow later than it.
    #[must_use]
    pub fn status(&self) -> ContactStatus {
        if self.blocked_at.is_some() && self.blocked_at >= self.followed_at {
            ContactStatus::Blocked
        } else {
            ContactStatus::Subscribed
        }
    }
}

fn sorted(tags: &[String]) -> Vec<String> {
    let mut tags = tags.to_vec();
    tags.sort_unstable();
    tags.dedup();
    tags
}

fn earliest<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (known, None) | (None, known) => known,
    }
}
