use std::collections::HashMap;

use chrono::{DateTime, Utc};
use events::contact::Profile;
use roaring::{MultiOps as _, RoaringBitmap};
use uuid::Uuid;

use super::{names::Names, times::Times, words::Words};
use crate::profiles::SealedProfile;

/// What of a contact's row is kept in memory.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) ordinal: u32,
    pub(super) contact_id: Uuid,
    pub(super) account_id: Uuid,
    pub(super) status: EntryStatus,
    pub(super) tag_ids: Vec<Uuid>,
    pub(super) subscribed_at: Option<DateTime<Utc>>,
    pub(super) last_interaction_at: Option<DateTime<Utc>>,
    pub(super) site_bound: bool,
    pub(super) profile_event_id: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryStatus {
    Subscribed,
    Unsubscribed,
    Blocked,
    Erased,
}

/// A team's contacts as sets of their ordinals. Those who were erased are in none.
#[derive(Debug, Default)]
pub(crate) struct TeamIndex {
    pub(super) everyone: RoaringBitmap,
    pub(super) subscribed: RoaringBitmap,
    pub(super) unsubscribed: RoaringBitmap,
    pub(super) blocked: RoaringBitmap,
    pub(super) site_bound: RoaringBitmap,
    pub(super) accounts: HashMap<Uuid, RoaringBitmap>,
    pub(super) tags: HashMap<Uuid, RoaringBitmap>,
    pub(super) subscribed_at: Times,
    pub(super) last_interaction_at: Times,
    pub(super) contact_ids: Vec<Uuid>,
    pub(super) words: Words,
    /// Opened when somebody first asks for a part of a name.
    pub(super) names: Option<Names>,
}

impl TeamIndex {
    /// Takes in what the row is now.
    pub(super) fn put(&mut self, entry: &Entry) {
        let ordinal = entry.ordinal;
        let is_new = !self.everyone.contains(ordinal);
        if entry.status == EntryStatus::Erased {
            if !is_new {
                self.forget(entry);
            }
            return;
        }
        if is_new {
            self.introduce(entry);
        } else {
            for (tag_id, contacts) in &mut self.tags {
                if contacts.contains(ordinal) && !entry.tag_ids.contains(tag_id) {
                    contacts.remove(ordinal);
                }
            }
        }
        for tag_id in &entry.tag_ids {
            self.tags.entry(*tag_id).or_default().insert(ordinal);
        }
        self.set_status(ordinal, entry.status);
        set(&mut self.site_bound, ordinal, entry.site_bound);
        self.subscribed_at.set(ordinal, entry.subscribed_at);
        self.last_interaction_at
            .set(ordinal, entry.last_interaction_at);
    }

    pub(crate) fn contact_id(&self, ordinal: u32) -> Option<Uuid> {
        self.contact_ids.get(place(ordinal)).copied()
    }

    pub(crate) fn status(&self, ordinal: u32) -> EntryStatus {
        if self.subscribed.contains(ordinal) {
            EntryStatus::Subscribed
        } else if self.unsubscribed.contains(ordinal) {
            EntryStatus::Unsubscribed
        } else if self.blocked.contains(ordinal) {
            EntryStatus::Blocked
        } else {
            EntryStatus::Erased
        }
    }

    /// In seconds of Unix; 0 where there never was one.
    pub(crate) fn last_interaction_seconds(&self, ordinal: u32) -> i64 {
        self.last_interaction_at.seconds(ordinal)
    }

    pub(crate) fn words(&self) -> &Words {
        &self.words
    }

    pub(crate) fn subscribed(&self) -> &RoaringBitmap {
        &self.subscribed
    }

    pub(crate) fn unsubscribed(&self) -> &RoaringBitmap {
        &self.unsubscribed
    }

    pub(crate) fn blocked(&self) -> &RoaringBitmap {
        &self.blocked
    }

    /// The contacts of each account.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (Uuid, &RoaringBitmap)> {
        self.accounts.iter().map(|(id, contacts)| (*id, contacts))
    }

    /// How many contacts have the tag.
    pub(crate) fn tagged(&self, tag_id: Uuid) -> u64 {
        self.tags.get(&tag_id).map_or(0, RoaringBitmap::len)
    }

    /// Those who can be written to: subscribed, and of an account that was not disconnected.
    pub(crate) fn effective(&self) -> RoaringBitmap {
        let disconnected = self.accounts.iter().filter(|(account_id, _)| {
            let account = self.words.accounts.get(*account_id);
            account.is_some_and(|account| !account.connected)
        });
        &self.subscribed - disconnected.map(|(_, contacts)| contacts).union()
    }

    /// Those of the contacts whose names are not known, or not as they are now.
    pub(super) fn unknown_names(&self, entries: &[Entry]) -> Vec<Uuid> {
        let Some(names) = &self.names else {
            return Vec::new();
        };
        let unknown = entries.iter().filter(|entry| {
            entry
                .profile_event_id
                .is_some_and(|event_id| !names.is_of(entry.ordinal, event_id))
        });
        unknown.map(|entry| entry.contact_id).collect()
    }

    /// Takes in a name, if there was none.
    pub(super) fn learn_name(&mut self, sealed: &SealedProfile, profile: Option<&Profile>) {
        let ordinal = sealed.ordinal.unsigned_abs();
        let known = self
            .names
            .as_ref()
            .is_some_and(|names| names.is_known(ordinal));
        if !known {
            self.relearn_name(sealed, profile);
        }
    }

    /// Takes in a name in the place of whatever there was.
    pub(super) fn relearn_name(&mut self, sealed: &SealedProfile, profile: Option<&Profile>) {
        let ordinal = sealed.ordinal.unsigned_abs();
        if let Some(names) = &mut self.names
            && self.everyone.contains(ordinal)
        {
            let name = profile.map_or("", |profile| &profile.display_name);
            names.put(ordinal, sealed.event_id, name);
        }
    }

    fn introduce(&mut self, entry: &Entry) {
        let ordinal = entry.ordinal;
        let place = place(ordinal);
        if place >= self.contact_ids.len() {
            self.contact_ids.resize(place + 1, Uuid::nil());
        }
        self.contact_ids[place] = entry.contact_id;
        self.everyone.insert(ordinal);
        // A contact never moves to another account.
        self.accounts
            .entry(entry.account_id)
            .or_default()
            .insert(ordinal);
    }

    fn set_status(&mut self, ordinal: u32, status: EntryStatus) {
        set(
            &mut self.subscribed,
            ordinal,
            status == EntryStatus::Subscribed,
        );
        set(
            &mut self.unsubscribed,
            ordinal,
            status == EntryStatus::Unsubscribed,
        );
        set(&mut self.blocked, ordinal, status == EntryStatus::Blocked);
    }

    fn forget(&mut self, entry: &Entry) {
        let ordinal = entry.ordinal;
        self.everyone.remove(ordinal);
        self.set_status(ordinal, EntryStatus::Erased);
        self.site_bound.remove(ordinal);
        for contacts in self.accounts.values_mut().chain(self.tags.values_mut()) {
            contacts.remove(ordinal);
        }
        self.subscribed_at.set(ordinal, None);
        self.last_interaction_at.set(ordinal, None);
        if let Some(names) = &mut self.names {
            names.remove(ordinal);
        }
    }
}

fn set(contacts: &mut RoaringBitmap, ordinal: u32, is_in: bool) {
    if is_in {
        contacts.insert(ordinal);
    } else {
        contacts.remove(ordinal);
    }
}

/// Where a contact is in columns.
pub(super) fn place(ordinal: u32) -> usize {
    usize::try_from(ordinal).unwrap_or(usize::MAX)
}
