//! Any sequence of commands, next to a model that is too simple to be wrong.

use std::ops::Range;

use event_sourcing::Aggregate as _;
use events::BroadcastLogEvent as Event;
use proptest::{collection::vec, prelude::*};

use super::{
    Chunk, ChunkCommand as Command, Outcome, Recipients,
    fixtures::{abandon, accepted, failed, leave_out, settle, start, store, take_over, told},
};

const PEOPLE: usize = 6;

/// Who has which outcome, and who is in the open window.
#[derive(Debug, Default)]
struct Model {
    stored: bool,
    outcomes: [Option<i32>; PEOPLE],
    open: Option<Vec<usize>>,
    keys: Vec<Vec<u8>>,
}

impl Model {
    fn apply(&mut self, event: &Event) {
        match event {
            Event::ChunkStored(_) => {
                assert!(!self.stored, "stored twice");
                self.stored = true;
            }
            Event::WindowStarted(started) if self.open.is_some() => {
                // Taken over: nobody else, under no other key.
                let people = people(&Recipients::from_ranges(&started.recipients));
                assert_eq!(self.open, Some(people), "two windows are open");
                assert_eq!(
                    self.keys.last(),
                    Some(&started.retry_key),
                    "the key changed"
                );
            }
            Event::WindowStarted(started) => {
                assert!(
                    !self.keys.contains(&started.retry_key),
                    "a key is used twice"
                );
                let people = people(&Recipients::from_ranges(&started.recipients));
                assert!(!people.is_empty(), "a window for nobody");
                for person in &people {
                    assert_eq!(self.outcomes[*person], None, "sent to after an outcome");
                }
                self.keys.push(started.retry_key.clone());
                self.open = Some(people);
            }
            Event::WindowSettled(settled) => {
                let open = self.open.take();
                for outcome in &settled.outcomes {
                    for person in people(&Recipients::from_ranges(&outcome.recipients)) {
                        let may = open.as_ref().is_none_or(|open| open.contains(&person));
                        assert!(may, "an outcome for somebody outside the window");
                        let before = self.outcomes[person].replace(outcome.kind);
                        assert_eq!(before, None, "two outcomes for one person");
                    }
                }
            }
            // Told of nobody's turn and nobody's outcome.
            Event::Progressed(_) => {}
            Event::Drafted(_)
            | Event::Confirmed(_)
            | Event::AudienceFrozen(_)
            | Event::Excluded(_)
            | Event::Paused(_)
            | Event::Resumed(_)
            | Event::Stopped(_)
            | Event::Completed(_) => panic!("a chunk says {event:?}"),
        }
    }

    fn unsettled(&self) -> Vec<usize> {
        let free = |person: &usize| self.stored && self.outcomes[*person].is_none();
        (0..PEOPLE).filter(free).collect()
    }
}

fn people(recipients: &Recipients) -> Vec<usize> {
    recipients.iter().map(|place| place as usize).collect()
}

fn some_people() -> impl Strategy<Value = Range<u32>> {
    (0..7_u32, 0..5_u32).prop_map(|(first, count)| first..first + count)
}

fn outcome() -> impl Strategy<Value = Outcome> {
    (some_people(), any::<bool>()).prop_map(|(people, well)| {
        if well {
            accepted(people)
        } else {
            failed(people)
        }
    })
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        1 => Just(store(PEOPLE as u128)),
        6 => (some_people(), 0..8_u128).prop_map(|(people, key)| start(people, key)),
        6 => (1..6_u32, vec(outcome(), 0..3)).prop_map(|(window, outcomes)| settle(window, outcomes)),
        2 => (1..6_u32).prop_map(take_over),
        1 => Just(abandon()),
        3 => (some_people(), 1..5_i32).prop_map(|(people, kind)| told(people, kind.try_into().unwrap())),
        2 => (0..7_u128, 0..3_u128).prop_map(|(first, count)| leave_out(first..first + count)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn each_person_gets_at_most_one_outcome_and_is_never_in_two_windows(
        commands in vec(command(), 0..40)
    ) {
        let (mut chunk, mut model) = (Chunk::default(), Model::default());
        for command in commands {
            for event in chunk.decide(command.clone()).unwrap_or_default() {
                model.apply(&event);
                chunk = chunk.evolve(&event);
            }
            prop_assert_eq!(people(&chunk.unsettled()), model.unsettled());
            let open = chunk.open_window().map(|window| people(&window.recipients));
            prop_assert_eq!(&open, &model.open);
            let outcomes = model.outcomes.iter().flatten().count();
            prop_assert!(!model.stored || outcomes + model.unsettled().len() == PEOPLE);
            // A command that was taken is taken again, to no effect, or refused.
            let again = chunk.decide(command).unwrap_or_default();
            prop_assert!(!again.iter().any(|event| matches!(event, Event::ChunkStored(_))));
        }
    }

    #[test]
    fn folding_is_the_same_as_evolving_one_by_one(commands in vec(command(), 0..40)) {
        let (mut chunk, mut history) = (Chunk::default(), Vec::new());
        for command in commands {
            for event in chunk.decide(command).unwrap_or_default() {
                chunk = chunk.evolve(&event);
                history.push(event);
            }
        }
        prop_assert_eq!(Chunk::fold(&history), chunk);
    }
}
