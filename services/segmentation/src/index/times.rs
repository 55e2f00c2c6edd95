use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use roaring::{MultiOps as _, RoaringBitmap};
use segmentation_domain::Range;

use super::team::place;

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
const NEVER: i64 = i64::MIN;

/// One time of each contact: exactly by contact, and roughly by day.
///
/// A range is the days that lie in it whole, and at its two ends those contacts of a day who are in
/// it. So what a query costs does not depend on how many contacts there are, but on how many match.
#[derive(Debug, Default)]
pub(super) struct Times {
    micros: Vec<i64>,
    days: BTreeMap<i64, RoaringBitmap>,
}

impl Times {
    pub(super) fn set(&mut self, ordinal: u32, at: Option<DateTime<Utc>>) {
        let place = place(ordinal);
        if place >= self.micros.len() {
            self.micros.resize(place + 1, NEVER);
        }
        let micros = at.map_or(NEVER, |at| at.timestamp_micros());
        let before = std::mem::replace(&mut self.micros[place], micros);
        if before == micros {
            return;
        }
        if let Some(day) = self.days.get_mut(&day_of(before)) {
            day.remove(ordinal);
            if day.is_empty() {
                self.days.remove(&day_of(before));
            }
        }
        if micros != NEVER {
            self.days.entry(day_of(micros)).or_default().insert(ordinal);
        }
    }

    /// In seconds of Unix; 0 where there never was one.
    pub(super) fn seconds(&self, ordinal: u32) -> i64 {
        match self.micros.get(place(ordinal)) {
            Some(&NEVER) | None => 0,
            Some(micros) => micros.div_euclid(1_000_000),
        }
    }

    pub(super) fn within(&self, range: Range) -> RoaringBitmap {
        let from = range.after().map_or(NEVER + 1, |at| at.timestamp_micros());
        let to = range.before().map_or(i64::MAX, |at| at.timestamp_micros());
        let (mut whole, mut partly) = (Vec::new(), Vec::new());
        for (day, contacts) in self.days.range(day_of(from)..=day_of(to)) {
            let begins = day.saturating_mul(DAY_MICROS);
            if from <= begins && begins.saturating_add(DAY_MICROS) <= to {
                whole.push(contacts);
            } else {
                partly.push(contacts);
            }
        }
        let mut found = whole.union();
        for contacts in partly {
            let within = contacts.iter().filter(|&ordinal| {
                let micros = self.micros[place(ordinal)];
                from <= micros && micros < to
            });
            found |= RoaringBitmap::from_sorted_iter(within).unwrap_or_default();
        }
        found
    }
}

fn day_of(micros: i64) -> i64 {
    micros.div_euclid(DAY_MICROS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(micros: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(micros).unwrap()
    }

    fn time() -> impl Strategy<Value = i64> {
        let days = -3_i64..4;
        let of_day = prop_oneof![Just(0), Just(1), Just(DAY_MICROS - 1), 0..DAY_MICROS];
        (days, of_day).prop_map(|(day, of_day)| day * DAY_MICROS + of_day)
    }

    proptest! {
        #[test]
        fn a_range_has_whoever_is_in_it(
            changes in prop::collection::vec((0_u32..40, prop::option::of(time())), 0..120),
            after in prop::option::of(time()),
            before in prop::option::of(time()),
        ) {
            let mut times = Times::default();
            let mut plain = BTreeMap::new();
            for (ordinal, micros) in changes {
                times.set(ordinal, micros.map(at));
                plain.insert(ordinal, micros);
            }
            if let Ok(range) = Range::try_new(after.map(at), before.map(at)) {
                let expected: Vec<u32> = plain
                    .into_iter()
                    .filter(|(_, micros)| micros.is_some_and(|micros| range.contains(at(micros))))
                    .map(|(ordinal, _)| ordinal)
                    .collect();
                prop_assert_eq!(times.within(range).iter().collect::<Vec<_>>(), expected);
            }
        }
    }
}
