use chrono::{DateTime, Utc};
use events::common::Purpose;
use uuid::Uuid;

use crate::{Consent, ContactFact, Decision};

/// What is known of a contact, without personal data.
///
/// Facts from a channel may come late and in any order: times only ever move to the earliest or the
/// latest known, so their order does not matter. Imports and tags come in the log's order. After an
/// erasure nothing counts any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactState {
    /// Sorted, each once. May hold tags that the team has deleted since.
    pub tag_ids: Vec<Uuid>,
    /// The earliest known.
    pub subscribed_at: Option<DateTime<Utc>>,
    /// The latest known.
    pub last_interaction_at: Option<DateTime<Utc>>,
    /// When the person was last known to follow. A message counts: no channel delivers one from a
    /// person who blocks the account.
    pub followed_at: Option<DateTime<Utc>>,
    /// When the person last blocked the account.
    pub blocked_at: Option<DateTime<Utc>>,
    pub consent: Consent,
    /// When a browser was last bound to the contact, and when all were last forgotten.
    pub site_bound_at: Option<DateTime<Utc>>,
    pub site_unbound_at: Option<DateTime<Utc>>,
    /// Set: nothing else is known any more, and nothing will be.
    pub erased_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContactStatus {
    Subscribed,
    /// Opted out of broadcasts, by the person or by the team.
    Unsubscribed,
    /// By the person, in the channel.
    Blocked,
    Erased,
}

impl ContactState {
    /// Total: a fact can't be refused. Applying one again changes nothing.
    pub fn apply(&mut self, fact: &ContactFact) {
        if self.erased_at.is_some() {
            return;
        }
        match fact {
            ContactFact::Imported {
                tag_ids,
                keeps_tags,
                subscribed_at,
                last_interaction_at,
            } => {
                if !keeps_tags {
                    self.tag_ids.clear();
                }
                self.tag(tag_ids, &[]);
                self.subscribed_at = earliest(self.subscribed_at, *subscribed_at);
                self.last_interaction_at = self.last_interaction_at.max(*last_interaction_at);
            }
            ContactFact::Followed { at } => {
                self.interact(*at);
                self.followed_at = self.followed_at.max(*at);
                // Adding the account as a friend is asking for its messages.
                self.person_decides(&[Purpose::Broadcasts], false, *at);
            }
            ContactFact::Interacted { at, told_by_team } => {
                self.interact(*at);
                // Whoever blocks the account can't write to it. A team that could say that somebody
                // wrote could lift a block that is the person's own.
                if !told_by_team {
                    self.followed_at = self.followed_at.max(*at);
                }
            }
            ContactFact::Blocked { at } => self.blocked_at = self.blocked_at.max(*at),
            ContactFact::ProfileChanged | ContactFact::MessageSent => {}
            ContactFact::SiteBound { at } => self.site_bound_at = self.site_bound_at.max(*at),
            ContactFact::SiteUnbound { at } => self.site_unbound_at = self.site_unbound_at.max(*at),
            ContactFact::PersonDecided {
                purposes,
                opted_out,
                at,
            } => self.person_decides(purposes, *opted_out, *at),
            ContactFact::TeamDecided {
                purposes,
                opted_out,
                at,
            } => {
                if let Some(at) = *at {
                    let opted_out = *opted_out;
                    let decision = Decision { at, opted_out };
                    self.consent.team_decides(purposes, decision);
                }
            }
            ContactFact::Tagged { added, removed } => self.tag(added, removed),
            ContactFact::Erased { at } => {
                *self = Self {
                    erased_at: Some(at.unwrap_or(DateTime::UNIX_EPOCH)),
                    ..Self::default()
                };
            }
        }
    }

    /// A block holds until the person is known to follow later than it.
    #[must_use]
    pub fn status(&self) -> ContactStatus {
        if self.erased_at.is_some() {
            ContactStatus::Erased
        } else if self.blocked_at.is_some() && self.blocked_at >= self.followed_at {
            ContactStatus::Blocked
        } else if self.consent.broadcasts.opted_out().is_some() {
            ContactStatus::Unsubscribed
        } else {
            ContactStatus::Subscribed
        }
    }

    /// Whether a browser of the shop's site is known to be this contact's.
    #[must_use]
    pub fn site_bound(&self) -> bool {
        self.site_bound_at > self.site_unbound_at
    }

    fn interact(&mut self, at: Option<DateTime<Utc>>) {
        self.subscribed_at = earliest(self.subscribed_at, at);
        self.last_interaction_at = self.last_interaction_at.max(at);
    }

    fn person_decides(&mut self, purposes: &[Purpose], opted_out: bool, at: Option<DateTime<Utc>>) {
        if let Some(at) = at {
            let decision = Decision { at, opted_out };
            self.consent.person_decides(purposes, decision);
        }
    }

    fn tag(&mut self, added: &[Uuid], removed: &[Uuid]) {
        self.tag_ids.extend_from_slice(added);
        self.tag_ids.retain(|tag_id| !removed.contains(tag_id));
        self.tag_ids.sort_unstable();
        self.tag_ids.dedup();
    }
}

fn earliest<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (known, None) | (None, known) => known,
    }
}
