use event_sourcing::{
    Aggregate as _,
    testing::{Given, given},
};
use events::{
    BroadcastLogEvent as Event,
    broadcasts::{self, OutcomeKind, RecipientRange, WindowSettled, WindowStarted},
    to_bytes, to_timestamp,
};
use uuid::Uuid;

use super::{
    Chunk, ChunkCommand as Command, ChunkError,
    fixtures::{
        NOW, abandon, accepted, failed, history, leave_out, places, settle, start, store, take_over,
    },
};

fn after(commands: impl IntoIterator<Item = Command>) -> Given<Chunk> {
    given(history(commands))
}

fn absent() -> Given<Chunk> {
    after([])
}

fn waiting() -> Given<Chunk> {
    after([store(3)])
}

fn sending() -> Given<Chunk> {
    after([store(3), start(0..2, 7)])
}

fn settled() -> Given<Chunk> {
    after([store(3), start(0..3, 7), settle(1, [accepted(0..3)])])
}

fn range(first: u32, count: u32) -> RecipientRange {
    RecipientRange { first, count }
}

fn started(window: u32, recipients: RecipientRange, key: u128) -> Event {
    Event::WindowStarted(WindowStarted {
        chunk_id: to_bytes(Uuid::from_u128(1)),
        broadcast_id: to_bytes(Uuid::from_u128(2)),
        window,
        recipients: vec![recipients],
        retry_key: to_bytes(Uuid::from_u128(key)),
        started_at: Some(to_timestamp(NOW)),
    })
}

fn window_settled(window: u32, outcomes: Vec<broadcasts::Outcome>) -> Event {
    Event::WindowSettled(WindowSettled {
        chunk_id: to_bytes(Uuid::from_u128(1)),
        broadcast_id: to_bytes(Uuid::from_u128(2)),
        window,
        outcomes,
        settled_at: Some(to_timestamp(NOW)),
    })
}

#[test]
fn a_chunk_is_stored_once() {
    let stored = history([store(3)]);
    absent().when(store(3)).then(stored);
    for stage in [waiting(), sending(), settled()] {
        stage.when(store(3)).then([]);
    }
    for stage in [waiting(), sending(), settled()] {
        stage.when(store(4)).then_refused(ChunkError::AlreadyStored);
    }
}

#[test]
fn a_chunk_is_of_1_to_500_people() {
    absent().when(store(500)).then(history([store(500)]));
    for count in [0, 501] {
        let refusal = ChunkError::ContactCount(usize::try_from(count).unwrap());
        absent().when(store(count)).then_refused(refusal);
    }
}

#[test]
fn nobody_is_in_a_chunk_twice() {
    let twice = Command::Store {
        chunk_id: Uuid::from_u128(1),
        broadcast_id: Uuid::from_u128(2),
        account_id: Uuid::from_u128(3),
        index: 0,
        contact_ids: vec![Uuid::from_u128(100); 2],
    };
    absent()
        .when(twice)
        .then_refused(ChunkError::DuplicateContact);
}

#[test]
fn what_is_not_stored_cannot_be_sent() {
    for command in [start(0..1, 7), take_over(1), settle(1, []), abandon()] {
        absent().when(command).then_refused(ChunkError::NotFound);
    }
}

#[test]
fn a_window_is_started_for_those_who_are_free() {
    waiting()
        .when(start(0..2, 7))
        .then([started(1, range(0, 2), 7)]);
    let twice = after([store(3), start(0..2, 7), settle(1, [accepted(0..2)])]);
    twice
        .when(start(2..3, 8))
        .then([started(2, range(2, 1), 8)]);
}

#[test]
fn a_window_is_for_somebody_of_the_chunk_without_an_outcome() {
    waiting()
        .when(start(0..0, 7))
        .then_refused(ChunkError::NoRecipients);
    waiting()
        .when(start(2..4, 7))
        .then_refused(ChunkError::RecipientsNotFree);
    let half = [store(3), start(0..2, 7), settle(1, [accepted(0..2)])];
    after(half)
        .when(start(1..3, 8))
        .then_refused(ChunkError::RecipientsNotFree);
}

#[test]
fn only_one_window_is_open() {
    sending().when(start(0..2, 7)).then([]);
    for other in [start(2..3, 8), start(0..2, 8), start(0..1, 7)] {
        sending()
            .when(other)
            .then_refused(ChunkError::WindowOpen(1));
    }
    settled()
        .when(start(0..3, 8))
        .then_refused(ChunkError::NobodyLeft);
}

#[test]
fn an_open_window_is_taken_over_as_it_was_started_however_often() {
    let taken = started(1, range(0, 2), 7);
    sending().when(take_over(1)).then([taken.clone()]);
    let again = after([store(3), start(0..2, 7), take_over(1)]);
    again.when(take_over(1)).then([taken]);
}

#[test]
fn a_window_that_is_not_open_is_not_taken_over() {
    sending()
        .when(take_over(2))
        .then_refused(ChunkError::WindowNotOpen(2));
    for stage in [waiting(), settled()] {
        stage
            .when(take_over(1))
            .then_refused(ChunkError::WindowNotOpen(1));
    }
}

#[test]
fn people_of_a_window_without_outcomes_are_free_under_a_new_key() {
    let released = || after([store(3), start(0..3, 7), settle(1, [])]);
    released()
        .when(start(0..3, 7))
        .then_refused(ChunkError::RetryKeyUsed);
    released()
        .when(start(0..3, 8))
        .then([started(2, range(0, 3), 8)]);
}

#[test]
fn a_window_is_settled_with_an_outcome_for_some_or_all() {
    let outcomes = [accepted(0..1), failed(1..2)];
    let stored = outcomes.iter().map(broadcasts::Outcome::from).collect();
    sending()
        .when(settle(1, outcomes))
        .then([window_settled(1, stored)]);
    sending()
        .when(settle(1, []))
        .then([window_settled(1, vec![])]);
}

#[test]
fn an_outcome_is_for_somebody_in_the_window_who_has_no_other() {
    for outcomes in [
        vec![accepted(1..3)],
        vec![accepted(0..0)],
        vec![accepted(0..2), failed(1..2)],
    ] {
        sending()
            .when(settle(1, outcomes))
            .then_refused(ChunkError::OutcomeRecipients);
    }
}

#[test]
fn a_window_that_is_not_open_is_not_settled() {
    waiting()
        .when(settle(1, []))
        .then_refused(ChunkError::WindowNotOpen(1));
    for window in [0, 2] {
        let refusal = ChunkError::WindowNotOpen(window);
        sending().when(settle(window, [])).then_refused(refusal);
    }
    settled()
        .when(settle(2, []))
        .then_refused(ChunkError::WindowNotOpen(2));
}

#[test]
fn a_window_is_settled_again_only_to_the_same_effect() {
    let again = || after([store(3), start(0..2, 7), settle(1, [accepted(0..2)])]);
    again().when(settle(1, [accepted(0..2)])).then([]);
    settled().when(settle(1, [accepted(0..3)])).then([]);
    for other in [vec![], vec![failed(0..2)]] {
        again()
            .when(settle(1, other))
            .then_refused(ChunkError::SettledOtherwise(1));
    }
}

#[test]
fn those_left_are_abandoned_without_a_window_of_their_own() {
    let half = after([store(3), start(0..2, 7), settle(1, [accepted(0..2)])]);
    let not_sent = broadcasts::Outcome {
        kind: OutcomeKind::NotSent.into(),
        recipients: vec![range(2, 1)],
        code: "stopped".to_owned(),
        ..Default::default()
    };
    half.when(abandon())
        .then([window_settled(2, vec![not_sent])]);
    settled().when(abandon()).then([]);
}

#[test]
fn people_who_may_have_been_sent_to_are_not_abandoned() {
    sending()
        .when(abandon())
        .then_refused(ChunkError::WindowOpen(1));
}

#[test]
fn those_who_are_left_out_have_an_outcome_and_the_others_are_sent_to() {
    let not_sent = broadcasts::Outcome {
        kind: OutcomeKind::NotSent.into(),
        recipients: vec![range(1, 1)],
        code: "deleted".to_owned(),
        ..Default::default()
    };
    let expected = window_settled(1, vec![not_sent]);
    waiting().when(leave_out(1..2)).then([expected]);
    let left = Chunk::fold(&history([store(3), leave_out(1..2), start(0..1, 7)]));
    assert_eq!(left.unsettled(), places(0..1).with(&places(2..3)));
    after([store(3), leave_out(1..2)])
        .when(start(0..3, 7))
        .then_refused(ChunkError::RecipientsNotFree);
}

#[test]
fn who_has_an_outcome_or_is_not_in_the_chunk_is_not_left_out() {
    after([store(3), start(0..2, 7), settle(1, [accepted(0..2)])])
        .when(leave_out(0..2))
        .then([]);
    waiting().when(leave_out(3..9)).then([]);
    settled().when(leave_out(0..3)).then([]);
    absent()
        .when(leave_out(0..3))
        .then_refused(ChunkError::NotFound);
}

#[test]
fn nobody_is_left_out_while_a_window_is_open() {
    sending()
        .when(leave_out(2..3))
        .then_refused(ChunkError::WindowOpen(1));
}

#[test]
fn the_state_tells_what_is_left_and_what_is_open() {
    let sending = Chunk::fold(&history([store(3), start(0..2, 7)]));
    let window = sending.open_window().unwrap();
    assert_eq!((window.number, window.started_at), (1, NOW));
    assert_eq!(window.retry_key, Uuid::from_u128(7));
    assert_eq!(window.recipients, places(0..2));
    assert_eq!(sending.unsettled(), places(0..3));
    assert_eq!(sending.windows(), 1);

    let abandoned = Chunk::fold(&history([store(3), abandon()]));
    assert_eq!(abandoned.open_window(), None);
    assert!(abandoned.unsettled().is_empty());
    assert_eq!(abandoned.windows(), 1);
}
