use std::{fmt, iter, ops::Range};

use events::broadcasts::RecipientRange;

/// Places of recipients within a chunk, in order, each once.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Recipients {
    /// Not empty, ascending, with a gap between any two: equal sets have equal ranges.
    ranges: Vec<Range<u32>>,
}

impl Recipients {
    /// The first `count` places.
    #[must_use]
    pub fn first(count: u32) -> Self {
        iter::once(0..count).collect()
    }

    /// As events hold them. Places that are named twice are taken once, and those past the end of
    /// all places are left out.
    #[must_use]
    pub fn from_ranges<'a>(ranges: impl IntoIterator<Item = &'a RecipientRange>) -> Self {
        ranges
            .into_iter()
            .map(|range| range.first..range.first.saturating_add(range.count))
            .collect()
    }

    #[must_use]
    pub fn to_ranges(&self) -> Vec<RecipientRange> {
        self.ranges
            .iter()
            .map(|range| RecipientRange {
                first: range.start,
                count: length(range),
            })
            .collect()
    }

    #[must_use]
    pub fn len(&self) -> u32 {
        self.ranges.iter().map(length).sum()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.ranges.iter().cloned().flatten()
    }

    /// The recipient that is at `index` of a request to these, from 0.
    #[must_use]
    pub fn only(&self, index: usize) -> Option<Self> {
        let place = self.iter().nth(index)?;
        Some(iter::once(place..place + 1).collect())
    }

    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        self.ranges.iter().chain(&other.ranges).cloned().collect()
    }

    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = self.ranges.clone();
        for cut in &other.ranges {
            left = left
                .into_iter()
                .flat_map(|range| {
                    [
                        range.start..range.end.min(cut.start),
                        range.start.max(cut.end)..range.end,
                    ]
                })
                .filter(|range| !range.is_empty())
                .collect();
        }
        Self { ranges: left }
    }

    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.without(other).is_empty()
    }

    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.without(other) == *self
    }

    /// The first `count` of them.
    #[must_use]
    pub fn up_to(&self, count: u32) -> Self {
        match self.iter().nth(count as usize) {
            Some(next) => self.without(&iter::once(next..u32::MAX).collect()),
            None => self.clone(),
        }
    }

    /// The first half, which is the larger one, and the rest.
    #[must_use]
    pub fn halves(&self) -> (Self, Self) {
        let Some(middle) = self.iter().nth(self.len().div_ceil(2) as usize) else {
            return (self.clone(), Self::default());
        };
        let rest = self.without(&Self::first(middle));
        (self.without(&rest), rest)
    }
}

impl FromIterator<Range<u32>> for Recipients {
    /// In any order, overlapping or not.
    fn from_iter<I: IntoIterator<Item = Range<u32>>>(ranges: I) -> Self {
        let mut given: Vec<Range<u32>> = ranges.into_iter().filter(|r| !r.is_empty()).collect();
        given.sort_unstable_by_key(|range| range.start);
        let mut ranges: Vec<Range<u32>> = Vec::with_capacity(given.len());
        for range in given {
            match ranges.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                Some(_) | None => ranges.push(range),
            }
        }
        Self { ranges }
    }
}

impl fmt::Debug for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.ranges).finish()
    }
}

fn length(range: &Range<u32>) -> u32 {
    range.end - range.start
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::{collection::btree_set, prelude::*};

    use super::Recipients;

    fn of(places: &BTreeSet<u32>) -> Recipients {
        places.iter().map(|place| *place..place + 1).collect()
    }

    fn places(recipients: &Recipients) -> BTreeSet<u32> {
        recipients.iter().collect()
    }

    fn some() -> impl Strategy<Value = BTreeSet<u32>> {
        btree_set(0..40_u32, 0..30)
    }

    proptest! {
        #[test]
        fn ranges_are_a_set(a in some(), b in some()) {
            let (of_a, of_b) = (of(&a), of(&b));
            prop_assert_eq!(places(&of_a), a.clone());
            prop_assert_eq!(of_a.len() as usize, a.len());
            prop_assert_eq!(of_a.is_empty(), a.is_empty());
            prop_assert_eq!(of_a.with(&of_b), of(&(&a | &b)));
            prop_assert_eq!(of_a.without(&of_b), of(&(&a - &b)));
            prop_assert_eq!(of_a.is_within(&of_b), a.is_subset(&b));
            prop_assert_eq!(of_a.is_disjoint(&of_b), a.is_disjoint(&b));
        }

        #[test]
        fn ranges_survive_being_stored(a in some()) {
            prop_assert_eq!(Recipients::from_ranges(&of(&a).to_ranges()), of(&a));
        }

        #[test]
        fn halves_are_the_whole_and_as_large_as_each_other(a in some()) {
            let (first, rest) = of(&a).halves();
            prop_assert!(first.len() - rest.len() <= 1);
            prop_assert!(first.is_disjoint(&rest));
            prop_assert!(first.iter().max() < rest.iter().min() || rest.is_empty());
            prop_assert_eq!(first.with(&rest), of(&a));
        }

        #[test]
        fn a_recipient_is_found_by_its_place_in_a_request(a in some(), index in 0..40_usize) {
            let found = of(&a).only(index).map(|only| places(&only));
            let expected = a.iter().nth(index).map(|place| BTreeSet::from([*place]));
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn neighbours_are_one_range() {
        let recipients: Recipients = [4..6, 0..2, 2..4, 8..9, 1..3, 7..7].into_iter().collect();
        assert_eq!(format!("{recipients:?}"), "[0..6, 8..9]");
    }

    #[test]
    fn ranges_past_the_end_of_all_places_are_cut() {
        let range = events::broadcasts::RecipientRange {
            first: u32::MAX - 1,
            count: 7,
        };
        assert_eq!(Recipients::from_ranges([&range]).len(), 1);
    }
}
