use std::mem;

use contacts_domain::{ContactFact, ContactState};
use event_store::LoggedEvent;
use uuid::Uuid;

use super::profiles::ProfileOf;

/// Positions that a contact's own row holds.
const RECENT_MAX: usize = 64;

/// A contact as the read model has it.
#[derive(Debug, Default)]
pub(super) struct ContactRow {
    pub(super) team_id: Uuid,
    pub(super) account_id: Uuid,
    /// The read model has the contact already.
    pub(super) is_stored: bool,
    pub(super) profile: Option<SealedProfile>,
    pub(super) keys: SearchKeys,
    pub(super) state: ContactState,
    pub(super) row_digest: Option<Vec<u8>>,
    pub(super) history: History,
}

/// A profile as the log has it.
#[derive(Debug)]
pub(super) struct SealedProfile {
    pub(super) sealed: Vec<u8>,
    /// What the seal is bound to.
    pub(super) event_id: Uuid,
    pub(super) event_type: String,
}

/// HMACs under the team's look-up key.
#[derive(Debug, Default)]
pub(super) struct SearchKeys {
    pub(super) name: Option<Vec<u8>>,
    pub(super) email: Option<Vec<u8>>,
    pub(super) phone: Option<Vec<u8>>,
    pub(super) member: Option<Vec<u8>>,
}

/// Where the events are that name the contact among others, in the order of the log.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) recent: Vec<i64>,
    /// Full pages, which the row has no room for any more.
    pub(super) older: Vec<Vec<i64>>,
}

impl ContactRow {
    /// After an erasure nothing is taken in any more.
    pub(super) fn apply(
        &mut self,
        logged: &LoggedEvent,
        contact_id: Uuid,
        fact: &ContactFact,
        profile: Option<ProfileOf<'_>>,
    ) {
        if self.state.erased_at.is_some() {
            return;
        }
        self.state.apply(fact);
        if self.state.erased_at.is_some() {
            self.forget();
        }
        if logged.stream_id != contact_id {
            self.history.push(logged.at.position);
        }
        if let Some(profile) = profile {
            self.learn(logged, profile);
        }
    }

    /// An imported row, or a change, replaces what was known; a webhook only tells of a person who was
    /// not known.
    fn learn(&mut self, logged: &LoggedEvent, profile: ProfileOf<'_>) {
        let sealed = match profile {
            ProfileOf::Webhook { .. } if self.profile.is_some() => return,
            ProfileOf::Webhook { sealed } => sealed,
            ProfileOf::Whole {
                sealed,
                keys,
                row_digest,
            } => {
                self.keys = SearchKeys::new(keys);
                // Kept through a change by hand: a file that says what it said before does not undo it.
                if let Some(row_digest) = row_digest {
                    self.row_digest = Some(row_digest.to_vec());
                }
                sealed
            }
        };
        self.profile = Some(SealedProfile {
            sealed: sealed.to_vec(),
            event_id: logged.event_id,
            event_type: logged.event_type.clone(),
        });
    }

    fn forget(&mut self) {
        self.profile = None;
        self.keys = SearchKeys::default();
        self.row_digest = None;
        self.history = History::default();
    }
}

impl SearchKeys {
    fn new([name, email, phone, member]: [&[u8]; 4]) -> Self {
        let some = |key: &[u8]| (!key.is_empty()).then(|| key.to_vec());
        Self {
            name: some(name),
            email: some(email),
            phone: some(phone),
            member: some(member),
        }
    }
}

impl History {
    fn push(&mut self, position: i64) {
        if self.recent.last() == Some(&position) {
            return;
        }
        if self.recent.len() >= RECENT_MAX {
            self.older.push(mem::take(&mut self.recent));
        }
        self.recent.push(position);
    }
}
