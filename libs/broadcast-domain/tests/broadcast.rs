//! A broadcast's life: each command in each state.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

use broadcast_domain::{Broadcast, BroadcastCommand as Command, BroadcastError as Error, Draft, Frozen};
use chrono::{DateTime, Utc};
use event_sourcing::{Aggregate as _, testing::given};
use events::{BroadcastLogEvent, broadcasts::PauseReason, common::Channel, segment::Filter};
use proptest::prelude::*;
use uuid::Uuid;

const AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn a_draft() -> Draft {
    Draft {
        broadcast_id: Uuid::from_u128(1),
        account_id: Uuid::from_u128(2),
        channel: Channel::Line,
        name: "Spring".to_owned(),
        audience: Filter::default(),
        messages: Vec::new(),
        links: Vec::new(),
    }
}

fn frozen(included: i64) -> Frozen {
    Frozen {
        included,
        excluded: Vec::new(),
        chunk_count: 1,
        digest: vec![7; 32],
    }
}

fn draft() -> Command {
    Command::Draft { draft: a_draft(), at: AT }
}

fn confirm() -> Command {
    Command::Confirm {
        preview_hash: b"hash".to_vec(),
        policy_version: "2026-11".to_owned(),
        at: AT,
    }
}

fn freeze() -> Command {
    Command::Freeze { frozen: frozen(10), at: AT }
}

fn pause() -> Command {
    Command::Pause {
        reason: PauseReason::Credentials,
        detail: "401".to_owned(),
        at: AT,
    }
}

fn resume() -> Command {
    Command::Resume { at: AT }
}

fn stop() -> Command {
    Command::Stop {
        code: "400".to_owned(),
        detail: "May not be empty".to_owned(),
        at: AT,
    }
}

fn complete() -> Command {
    Command::Complete { at: AT }
}

/// The events that these commands cause, one after the other.
fn history(commands: &[Command]) -> Vec<BroadcastLogEvent> {
    let mut events = Vec::new();
    for command in commands {
        let state = Broadcast::fold(&events);
        events.extend(state.decide(command.clone()).unwrap());
    }
    events
}

/// What a command comes to: the number of events, or why it is refused.
type Outcome = Result<usize, Error>;

#[test]
fn every_command_has_its_answer_in_every_state() {
    let commands = [draft(), confirm(), freeze(), pause(), resume(), stop(), complete()];
    let sending = [draft(), confirm(), freeze()];
    let paused = [draft(), confirm(), freeze(), pause()];
    let done = [draft(), confirm(), freeze(), complete()];
    let stopped = [draft(), confirm(), freeze(), stop()];
    let not_found: Outcome = Err(Error::NotFound);
    let table: [(&str, &[Command], [Outcome; 7]); 7] = [
        ("absent", &[], [Ok(1), not_found, not_found, not_found, not_found, not_found, not_found]),
        ("draft", &[draft()], [Ok(0), Ok(1), Err(Error::NotConfirmed), Err(Error::NotConfirmed), Err(Error::NotConfirmed), Err(Error::NotConfirmed), Err(Error::NotConfirmed)]),
        ("preparing", &[draft(), confirm()], [Ok(0), Err(Error::AlreadyConfirmed), Ok(1), Err(Error::Preparing), Err(Error::Preparing), Err(Error::Preparing), Err(Error::Preparing)]),
        ("sending", &sending, [Ok(0), Err(Error::AlreadyConfirmed), Ok(0), Ok(1), Ok(0), Ok(1), Ok(1)]),
        ("paused", &paused, [Ok(0), Err(Error::AlreadyConfirmed), Ok(0), Ok(0), Ok(1), Ok(1), Ok(1)]),
        ("done", &done, [Err(Error::Done), Err(Error::Done), Err(Error::Done), Err(Error::Done), Err(Error::Done), Err(Error::Done), Ok(0)]),
        ("stopped", &stopped, [Err(Error::Stopped), Err(Error::Stopped), Err(Error::Stopped), Err(Error::Stopped), Err(Error::Stopped), Ok(0), Err(Error::Stopped)]),
    ];
    for (state, before, expected) in table {
        let broadcast = Broadcast::fold(&history(before));
        for (command, expected) in commands.iter().zip(expected) {
            let outcome = broadcast.decide(command.clone()).map(|events| events.len());
            assert_eq!(outcome, expected, "{command:?} of a broadcast that is {state}");
        }
    }
}

#[test]
fn another_draft_with_the_same_id_is_refused() {
    let mut other = a_draft();
    other.name = "Autumn".to_owned();
    given::<Broadcast>(history(&[draft()]))
        .when(Command::Draft { draft: other, at: AT })
        .then_refused(Error::AlreadyExists);
}

#[test]
fn a_second_attempt_at_freezing_does_not_count() {
    given::<Broadcast>(history(&[draft(), confirm(), freeze()]))
        .when(Command::Freeze { frozen: frozen(11), at: AT })
        .then_refused(Error::AlreadyFrozen);
}

#[test]
fn a_paused_broadcast_goes_on_with_the_same_audience() {
    let events = history(&[draft(), confirm(), freeze(), pause(), resume()]);
    let expected = Broadcast::Sending {
        draft: a_draft(),
        frozen: frozen(10),
    };
    assert_eq!(Broadcast::fold(&events), expected);
}

proptest! {
    #[test]
    fn a_fold_takes_any_sequence_of_events(places in prop::collection::vec(0_usize..8, 0..40)) {
        let all = [
            history(&[draft(), confirm(), freeze(), pause(), resume(), stop()]),
            history(&[draft(), confirm(), freeze(), complete()]),
        ]
        .concat();
        let events: Vec<BroadcastLogEvent> = places.iter().map(|place| all[place % all.len()].clone()).collect();
        drop(Broadcast::fold(&events));
    }
}
