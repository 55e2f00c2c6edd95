use contacts_domain::fold_name;
use memchr::memmem::Finder;
use roaring::RoaringBitmap;
use segmentation_domain::{NameKind, NameMatch};
use uuid::Uuid;

use super::team::place;

/// Stands before each name, and where one was.
const GAP: u8 = 0;
/// Gaps are closed when they are most of the whole, but not for less than this.
const GAPS_BYTES_MIN: usize = 1024 * 1024;

/// The folded names of a team's contacts, one after the other: to search them is to read them once.
#[derive(Default)]
pub(super) struct Names {
    text: Vec<u8>,
    /// Where each name begins, in order, and whose it is.
    starts: Vec<usize>,
    owners: Vec<u32>,
    /// By ordinal: where the contact's name is in `starts`, and of which profile it is.
    known: Vec<Known>,
    gaps_bytes: usize,
    /// Whether everyone's name has been read.
    pub(super) complete: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// From 1; 0 where there is no name.
    entry: u32,
    /// The random part of the id of the event that told the profile; 0 where none did.
    version: u64,
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Names")
            .field("names", &self.owners.len())
            .finish_non_exhaustive()
    }
}

impl Names {
    /// Whether the name is of this profile.
    pub(super) fn is_of(&self, ordinal: u32, profile_event_id: Uuid) -> bool {
        self.version(ordinal) == version(profile_event_id)
    }

    pub(super) fn is_known(&self, ordinal: u32) -> bool {
        self.version(ordinal) != 0
    }

    pub(super) fn put(&mut self, ordinal: u32, profile_event_id: Uuid, name: &str) {
        self.remove(ordinal);
        let place = place(ordinal);
        if place >= self.known.len() {
            self.known.resize(place + 1, Known::default());
        }
        let mut entry = 0;
        let folded = fold_name(name);
        if !folded.is_empty() {
            self.text.push(GAP);
            self.starts.push(self.text.len());
            self.owners.push(ordinal);
            self.text.extend(folded.bytes().filter(|byte| *byte != GAP));
            entry = u32::try_from(self.starts.len()).unwrap_or_default();
        }
        self.known[place] = Known {
            entry,
            version: version(profile_event_id),
        };
    }

    /// Leaves nothing of the name.
    pub(super) fn remove(&mut self, ordinal: u32) {
        let Some(known) = self.known.get_mut(place(ordinal)) else {
            return;
        };
        let known = std::mem::take(known);
        if let Some(entry) = place(known.entry).checked_sub(1) {
            let end = self.end(entry);
            let name = &mut self.text[self.starts[entry]..end];
            self.gaps_bytes += name.len();
            name.fill(GAP);
        }
        if self.gaps_bytes > GAPS_BYTES_MIN && self.gaps_bytes > self.text.len() / 2 {
            self.close_gaps();
        }
    }

    /// Whose names begin with something, or have it in them.
    pub(super) fn search(&self, wanted: &NameMatch) -> RoaringBitmap {
        let mut needle = fold_name(wanted.value()).into_bytes();
        if wanted.kind() == NameKind::Prefix {
            needle.insert(0, GAP);
        }
        let finder = Finder::new(&needle);
        let mut found = Vec::new();
        let (mut from, mut entry) = (0, 0);
        while let Some(at) = self.text.get(from..).and_then(|text| finder.find(text)) {
            let last = from + at + needle.len() - 1;
            while self
                .starts
                .get(entry + 1)
                .is_some_and(|start| *start <= last)
            {
                entry += 1;
            }
            found.push(self.owners[entry]);
            // The gap before the next name belongs to that.
            from = self.end(entry);
        }
        found.into_iter().collect()
    }

    fn version(&self, ordinal: u32) -> u64 {
        let known = self.known.get(place(ordinal));
        known.map_or(0, |known| known.version)
    }

    fn end(&self, entry: usize) -> usize {
        match self.starts.get(entry + 1) {
            Some(next) => next - 1,
            None => self.text.len(),
        }
    }

    fn close_gaps(&mut self) {
        let (mut text, mut starts, mut owners) = (Vec::new(), Vec::new(), Vec::new());
        for (entry, owner) in self.owners.iter().enumerate() {
            let known = &mut self.known[place(*owner)];
            if place(known.entry) != entry + 1 {
                continue;
            }
            let end = match self.starts.get(entry + 1) {
                Some(next) => next - 1,
                None => self.text.len(),
            };
            text.push(GAP);
            starts.push(text.len());
            owners.push(*owner);
            text.extend_from_slice(&self.text[self.starts[entry]..end]);
            known.entry = u32::try_from(starts.len()).unwrap_or_default();
        }
        self.text.fill(GAP);
        (self.text, self.starts, self.owners) = (text, starts, owners);
        self.gaps_bytes = 0;
    }
}

/// Never 0: two bits of it say which kind of UUID it is.
fn version(event_id: Uuid) -> u64 {
    event_id.as_u64_pair().1
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Change {
        Put(u32, &'static str),
        Remove(u32),
        CloseGaps,
    }

    fn change() -> impl Strategy<Value = Change> {
        let names = vec!["", "Mia", "mia chen", "Amia", "陳小明", "小明", "M\0ia"];
        prop_oneof![
            4 => (0_u32..20, prop::sample::select(names)).prop_map(|(of, name)| Change::Put(of, name)),
            2 => (0_u32..20).prop_map(Change::Remove),
            1 => Just(Change::CloseGaps),
        ]
    }

    fn event(number: usize) -> Uuid {
        Uuid::from_u128(u128::try_from(number).unwrap() + 1)
    }

    proptest! {
        #[test]
        fn a_part_is_found_in_whatever_names_there_are_now(
            changes in prop::collection::vec(change(), 0..80),
        ) {
            let mut names = Names::default();
            let mut plain = BTreeMap::new();
            for (number, change) in changes.into_iter().enumerate() {
                match change {
                    Change::Put(of, name) => {
                        names.put(of, event(number), name);
                        plain.insert(of, fold_name(name).replace('\0', ""));
                        prop_assert!(names.is_of(of, event(number)));
                    }
                    Change::Remove(of) => {
                        names.remove(of);
                        plain.remove(&of);
                        prop_assert!(!names.is_known(of));
                    }
                    Change::CloseGaps => names.close_gaps(),
                }
            }
            for part in ["mia", "M", "小明", "a c", "nobody"] {
                for kind in [NameKind::Prefix, NameKind::Contains] {
                    let wanted = NameMatch::try_new(part, kind).unwrap();
                    let expected = plain.iter().filter(|(_, name)| wanted.matches(name));
                    let expected: Vec<u32> = expected.map(|(of, _)| *of).collect();
                    prop_assert_eq!(names.search(&wanted).iter().collect::<Vec<_>>(), expected);
                }
            }
        }
    }

    #[test]
    fn nothing_is_left_of_a_name_that_was_removed() {
        let mut names = Names::default();
        names.put(1, event(1), "canary");
        names.remove(1);
        assert!(names.text.iter().all(|byte| *byte == GAP));
    }
}
