use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::month::Month;

/// Names that a channel can use in a month. Under any further one it sends, and counts nothing.
const NAMES_A_MONTH_MAX: usize = 1_000;

/// What was sent under which aggregation unit.
#[derive(Debug, Default)]
pub(crate) struct Units {
    month: Option<Month>,
    /// Of this month.
    names: BTreeSet<String>,
    reached: BTreeMap<String, u64>,
}

impl Units {
    /// `used_elsewhere` names were used in this month by somebody else.
    pub(crate) fn count(&mut self, unit: &str, people: u64, used_elsewhere: usize, now: Duration) {
        self.turn(now);
        let known = self.names.contains(unit);
        if !known && self.names.len() + used_elsewhere >= NAMES_A_MONTH_MAX {
            return;
        }
        self.names.insert(unit.to_owned());
        *self.reached.entry(unit.to_owned()).or_default() += people;
    }

    pub(crate) fn used(&mut self, used_elsewhere: usize, now: Duration) -> usize {
        self.turn(now);
        (self.names.len() + used_elsewhere).min(NAMES_A_MONTH_MAX)
    }

    /// People, one for each send.
    pub(crate) fn reached(&self) -> &BTreeMap<String, u64> {
        &self.reached
    }

    fn turn(&mut self, now: Duration) {
        let month = Some(Month::of(now));
        if self.month != month {
            self.month = month;
            self.names.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_793_458_799); // The last second of October in Japan.

    #[test]
    fn from_the_thousand_and_first_name_on_nothing_is_counted_until_the_next_month() {
        let mut units = Units::default();
        units.count("a", 5, 998, NOW);
        units.count("b", 5, 998, NOW);
        units.count("c", 5, 998, NOW);
        units.count("a", 1, 998, NOW);
        assert_eq!(units.used(998, NOW), 1_000);
        let reached: Vec<_> = units
            .reached()
            .iter()
            .map(|(unit, people)| (unit.as_str(), *people))
            .collect();
        assert_eq!(reached, [("a", 6), ("b", 5)]);
        let november = NOW + Duration::from_secs(1);
        units.count("c", 5, 0, november);
        assert_eq!(units.used(0, november), 1);
        assert_eq!(units.reached()["c"], 5);
    }
}
