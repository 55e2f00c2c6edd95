use super::outcome::Outcome;

/// Neighbours in a chunk who share an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first: i32,
    pub(crate) places: i32,
    pub(crate) outcome: Outcome,
}

/// The outcomes of a chunk: runs in order, without gap or overlap, no two neighbours alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Runs(pub(crate) Vec<Run>);

#[derive(Debug, thiserror::Error)]
#[error("the chunk has {places} recipients, and none at {first} to {end}")]
pub(crate) struct OutsideChunk {
    first: i64,
    end: i64,
    places: i32,
}

impl Run {
    fn end(&self) -> i32 {
        self.first + self.places
    }

    /// The part of it from `first` to before `end`, if there is any.
    fn cut(&self, first: i32, end: i32) -> Option<Self> {
        let first = first.max(self.first);
        let places = end.min(self.end()) - first;
        (places > 0).then(|| Self {
            first,
            places,
            outcome: self.outcome.clone(),
        })
    }
}

impl Runs {
    /// `places` people, all pending.
    pub(crate) fn pending(places: i32) -> Self {
        let run = Run {
            first: 0,
            places,
            outcome: Outcome::default(),
        };
        Self(if places > 0 { vec![run] } else { Vec::new() })
    }

    /// Changes what became of `count` people from `first` on.
    pub(crate) fn change(
        &mut self,
        first: u32,
        count: u32,
        change: impl Fn(&Outcome) -> Outcome,
    ) -> Result<(), OutsideChunk> {
        let places = self.0.last().map_or(0, Run::end);
        let (first, end) = (i64::from(first), i64::from(first) + i64::from(count));
        let outside = |_| OutsideChunk { first, end, places };
        let run_first = i32::try_from(first).map_err(outside)?;
        let run_end = i32::try_from(end).map_err(outside)?;
        if run_end > places {
            return Err(OutsideChunk { first, end, places });
        }
        let cut = |first, end| self.0.iter().filter_map(move |run| run.cut(first, end));
        let changed = cut(run_first, run_end).map(|run| Run {
            outcome: change(&run.outcome),
            ..run
        });
        let all = cut(0, run_first).chain(changed).chain(cut(run_end, places));
        self.0 = joined(all);
        Ok(())
    }
}

/// Makes one run of neighbours with the same outcome.
fn joined(runs: impl Iterator<Item = Run>) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::new();
    for run in runs {
        match joined.last_mut() {
            Some(last) if last.outcome == run.outcome => last.places += run.places,
            Some(_) | None => joined.push(run),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: i16) -> Outcome {
        Outcome {
            status,
            ..Outcome::default()
        }
    }

    /// One outcome a person.
    fn spread(runs: &Runs) -> Vec<i16> {
        let each = |run: &Run| vec![run.outcome.status; usize::try_from(run.places).unwrap()];
        runs.0.iter().flat_map(each).collect()
    }

    #[test]
    fn a_range_is_changed_and_the_rest_stays() {
        let mut runs = Runs::pending(5);
        runs.change(1, 2, |_| outcome(1)).unwrap();
        runs.change(2, 2, |_| outcome(2)).unwrap();
        assert_eq!(spread(&runs), [0, 1, 2, 2, 0]);
    }

    #[test]
    fn neighbours_with_one_outcome_are_one_run() {
        let mut runs = Runs::pending(500);
        for place in 0..500 {
            runs.change(place, 1, |_| outcome(1)).unwrap();
        }
        assert_eq!(runs.0.len(), 1);
        assert_eq!(spread(&runs).len(), 500);
    }

    #[test]
    fn an_empty_range_changes_nothing() {
        let mut runs = Runs::pending(3);
        runs.change(1, 0, |_| outcome(1)).unwrap();
        assert_eq!(runs, Runs::pending(3));
    }

    #[test]
    fn nobody_outside_the_chunk_has_an_outcome() {
        for (first, count) in [(0, 4), (3, 1), (u32::MAX, u32::MAX)] {
            let refused = Runs::pending(3).change(first, count, |_| outcome(1));
            assert!(refused.is_err(), "{first} {count}");
        }
    }
}
