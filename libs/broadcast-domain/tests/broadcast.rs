//! A broadcast's life: each command in each state.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

use broadcast_domain::{
    Audience, Broadcast, BroadcastCommand as Command, BroadcastError as Error, Draft, Frozen,
};
use chrono::{DateTime, Utc};
use event_sourcing::{Aggregate as _, testing::given};
use events::{
    BroadcastLogEvent,
    broadcasts::PauseReason,
    common::Channel,
    segment::{Filter, filter::Condition},
};
use proptest::prelude::*;
use uuid::Uuid;

const AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn a_draft() -> Draft {
    Draft {
        broadcast_id: Uuid::from_u128(1),
        account_id: Uuid::from_u128(2),
        channel: Channel::Line,
        name: "Spring".to_owned(),
        audience: sealed(1, 1),
        messages: Vec::new(),
        links: Vec::new(),
        personal_links: false,
    }
}

/// A filter; `nonce` is what another sealing of it differs by.
fn sealed(filter: u8, nonce: u8) -> Audience {
    Audience::Sealed {
        filter: vec![nonce; 28],
        digest: vec![filter; 32],
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
    Command::Draft {
        draft: a_draft(),
        at: AT,
    }
}

fn confirm() -> Command {
    Command::Confirm {
        preview_hash: b"hash".to_vec(),
        policy_version: "2026-11".to_owned(),
        at: AT,
    }
}

fn freeze() -> Command {
    Command::Freeze {
        frozen: frozen(10),
        at: AT,
    }
}

fn pause() -> Command {
    Command::Pause {
        reason: PauseReason::Credentials,
        detail: "401".to_owned(),
        resumed: 0,
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

/// What each command comes to, in this order: how many events, or why it is refused.
type Answers = [Result<usize, Error>; 7];

fn answers(before: &[Command]) -> Answers {
    let broadcast = Broadcast::fold(&history(before));
    [
        draft(),
        confirm(),
        freeze(),
        pause(),
        resume(),
        stop(),
        complete(),
    ]
    .map(|command| broadcast.decide(command).map(|events| events.len()))
}

/// Every command but the first few is refused for the same reason.
fn refused(first: &[Result<usize, Error>], reason: Error) -> Answers {
    let mut answers = [Err(reason); 7];
    answers[..first.len()].copy_from_slice(first);
    answers
}

#[test]
fn what_was_not_drafted_is_not_there() {
    assert_eq!(answers(&[]), refused(&[Ok(1)], Error::NotFound));
}

#[test]
fn a_draft_can_be_confirmed_and_nothing_else() {
    assert_eq!(
        answers(&[draft()]),
        refused(&[Ok(0), Ok(1)], Error::NotConfirmed)
    );
}

#[test]
fn a_confirmed_broadcast_is_frozen_before_anything_else() {
    let first = [Ok(0), Err(Error::AlreadyConfirmed), Ok(1)];
    assert_eq!(
        answers(&[draft(), confirm()]),
        refused(&first, Error::Preparing)
    );
}

#[test]
fn a_broadcast_that_is_sent_can_be_paused_stopped_and_completed() {
    let confirmed = Err(Error::AlreadyConfirmed);
    let expected = [Ok(0), confirmed, Ok(0), Ok(1), Ok(0), Ok(1), Ok(1)];
    assert_eq!(answers(&[draft(), confirm(), freeze()]), expected);
}

#[test]
fn a_paused_broadcast_can_be_resumed_stopped_and_completed() {
    let confirmed = Err(Error::AlreadyConfirmed);
    let expected = [Ok(0), confirmed, Ok(0), Ok(0), Ok(1), Ok(1), Ok(1)];
    assert_eq!(answers(&[draft(), confirm(), freeze(), pause()]), expected);
}

#[test]
fn a_broadcast_that_is_done_stays_so() {
    let mut expected = [Err(Error::Done); 7];
    expected[6] = Ok(0);
    assert_eq!(
        answers(&[draft(), confirm(), freeze(), complete()]),
        expected
    );
}

#[test]
fn a_stopped_broadcast_stays_so() {
    let mut expected = [Err(Error::Stopped); 7];
    expected[5] = Ok(0);
    assert_eq!(answers(&[draft(), confirm(), freeze(), stop()]), expected);
}

#[test]
fn another_draft_with_the_same_id_is_refused() {
    let mut other = a_draft();
    other.name = "Autumn".to_owned();
    given::<Broadcast>(history(&[draft()]))
        .when(Command::Draft {
            draft: other,
            at: AT,
        })
        .then_refused(Error::AlreadyExists);
}

#[test]
fn the_same_draft_again_is_the_same_however_its_filter_was_sealed() {
    let again = |audience| {
        let other = Draft {
            audience,
            ..a_draft()
        };
        given::<Broadcast>(history(&[draft()])).when(Command::Draft {
            draft: other,
            at: AT,
        })
    };
    again(sealed(1, 2)).then([]);
    again(sealed(2, 1)).then_refused(Error::AlreadyExists);
}

#[test]
fn a_draft_from_before_filters_were_sealed_keeps_its_filter() {
    let filter = Filter {
        condition: Some(Condition::Email("mei@example.com".to_owned())),
    };
    let draft = Draft {
        audience: Audience::Clear(filter),
        ..a_draft()
    };
    let events = history(&[Command::Draft {
        draft: draft.clone(),
        at: AT,
    }]);
    assert_eq!(Broadcast::fold(&events), Broadcast::Draft(draft));
}

#[test]
fn a_second_attempt_at_freezing_does_not_count() {
    given::<Broadcast>(history(&[draft(), confirm(), freeze()]))
        .when(Command::Freeze {
            frozen: frozen(11),
            at: AT,
        })
        .then_refused(Error::AlreadyFrozen);
}

#[test]
fn a_paused_broadcast_goes_on_with_the_same_audience() {
    let events = history(&[draft(), confirm(), freeze(), pause(), resume()]);
    let expected = Broadcast::Sending {
        draft: a_draft(),
        frozen: frozen(10),
        resumed: 1,
    };
    assert_eq!(Broadcast::fold(&events), expected);
}

#[test]
fn a_call_that_was_refused_before_a_resumption_does_not_pause_again() {
    let resumed = history(&[draft(), confirm(), freeze(), pause(), resume()]);
    given::<Broadcast>(resumed).when(pause()).then([]);
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
