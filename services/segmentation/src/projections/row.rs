use contacts_domain::{ContactFact, ContactState, ContactStatus};
use event_store::LoggedEvent;
use events::segment::SubscriptionStatus;
use uuid::Uuid;

use super::profile::{Profile, SearchKeys, Told};

/// A contact as the read model has it, and as a batch of events leaves it.
#[derive(Debug)]
pub(super) struct Row<'e> {
    pub(super) team_id: Uuid,
    pub(super) account_id: Uuid,
    pub(super) state: ContactState,
    pub(super) stored: Stored,
    /// What the batch says of the person.
    pub(super) learned: Option<Profile<'e>>,
}

#[derive(Debug)]
pub(super) enum Stored {
    New,
    Before(Box<Before>),
}

#[derive(Debug)]
pub(super) struct Before {
    pub(super) ordinal: i32,
    pub(super) state: ContactState,
    pub(super) has_profile: bool,
}

impl<'e> Row<'e> {
    pub(super) fn new(team_id: Uuid, account_id: Uuid) -> Self {
        Self {
            team_id,
            account_id,
            state: ContactState::default(),
            stored: Stored::New,
            learned: None,
        }
    }

    /// After an erasure nothing is taken in any more.
    pub(super) fn apply(&mut self, logged: &'e LoggedEvent, fact: &ContactFact, told: Told<'e>) {
        if self.state.erased_at.is_some() {
            return;
        }
        self.state.apply(fact);
        if self.state.erased_at.is_some() {
            self.learned = None;
            return;
        }
        let (sealed, keys) = match told {
            Told::Whole(sealed, keys) => (sealed, keys),
            Told::Webhook(sealed) if !self.has_profile() => (sealed, SearchKeys::default()),
            Told::Nothing | Told::Webhook(_) => return,
        };
        // A fact without a profile, as tests and old systems make it, does not unsay one.
        if !sealed.is_empty() {
            self.learned = Some(Profile {
                sealed,
                event_id: logged.event_id,
                event_type: &logged.event_type,
                keys,
            });
        }
    }

    /// The ordinal, if the batch changed what was stored before.
    pub(super) fn changed(&self) -> Option<i32> {
        match &self.stored {
            Stored::New => None,
            Stored::Before(before) => {
                let changed = self.learned.is_some() || before.state != self.state;
                changed.then_some(before.ordinal)
            }
        }
    }

    /// Whether the profile's columns change: it was learned, or has to be forgotten.
    pub(super) fn profile_changed(&self) -> bool {
        let forgotten = match &self.stored {
            Stored::New => false,
            Stored::Before(before) => {
                before.state.erased_at.is_none() && self.state.erased_at.is_some()
            }
        };
        forgotten || self.learned.is_some()
    }

    fn has_profile(&self) -> bool {
        let stored = match &self.stored {
            Stored::New => false,
            Stored::Before(before) => before.has_profile,
        };
        stored || self.learned.is_some()
    }
}

/// As the column has it; 0 is a tombstone.
pub(super) fn status(state: &ContactState) -> i16 {
    let status = match state.status() {
        ContactStatus::Subscribed => SubscriptionStatus::Subscribed,
        ContactStatus::Unsubscribed => SubscriptionStatus::Unsubscribed,
        ContactStatus::Blocked => SubscriptionStatus::Blocked,
        ContactStatus::Erased => SubscriptionStatus::Unspecified,
    };
    i16::try_from(i32::from(status)).unwrap_or_default()
}
