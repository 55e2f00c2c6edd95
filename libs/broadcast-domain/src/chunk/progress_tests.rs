//! What a channel tells later, in any order and more than once.

use event_sourcing::{
    Aggregate as _,
    testing::{Given, given},
};
use events::{
    BroadcastLogEvent as Event,
    broadcasts::{FailureClass, RecipientRange, RecipientsProgressed},
    common::ProgressKind as Kind,
    to_bytes, to_timestamp,
};
use proptest::{collection::vec, prelude::*};
use uuid::Uuid;

use super::{
    Chunk, ChunkCommand as Command, ChunkError, Status,
    fixtures::{
        NOW, accepted, failed, held, history, leave_out, settle, start, store, told, unknown,
    },
};

/// Place 0 is accepted, 1 failed, 2 unknown, 3 not sent.
fn sent() -> Vec<Command> {
    vec![
        store(4),
        start(0..3, 7),
        settle(1, [accepted(0..1), failed(1..2), unknown(2..3)]),
        leave_out(3..4),
    ]
}

fn after(more: impl IntoIterator<Item = Command>) -> Given<Chunk> {
    given(history(sent().into_iter().chain(more)))
}

fn statuses(more: impl IntoIterator<Item = Command>) -> [Option<Status>; 4] {
    let chunk = Chunk::fold(&history(sent().into_iter().chain(more)));
    [0, 1, 2, 3].map(|place| chunk.status(place))
}

fn progressed(first: u32, count: u32, kind: Kind) -> Event {
    let is_failure = kind == Kind::Failed;
    Event::Progressed(RecipientsProgressed {
        chunk_id: to_bytes(Uuid::from_u128(1)),
        broadcast_id: to_bytes(Uuid::from_u128(2)),
        kind: kind.into(),
        recipients: vec![RecipientRange { first, count }],
        failure_class: if is_failure {
            FailureClass::Recipient.into()
        } else {
            0
        },
        code: if is_failure { "131026" } else { "" }.to_owned(),
        occurred_at: Some(to_timestamp(NOW)),
    })
}

#[test]
fn an_echo_settles_a_doubt_and_nothing_else() {
    after([])
        .when(told(0..3, Kind::Accepted))
        .then([progressed(2, 1, Kind::Accepted)]);
    assert_eq!(
        statuses([told(0..3, Kind::Accepted)])[..3],
        [
            Some(Status::Accepted),
            Some(Status::Failed),
            Some(Status::Accepted)
        ]
    );
}

#[test]
fn who_was_held_is_told_to_be_let_go_and_once() {
    let held = || {
        vec![
            store(2),
            start(0..2, 7),
            settle(1, [held(0..1), accepted(1..2)]),
        ]
    };
    given::<Chunk>(history(held()))
        .when(told(0..2, Kind::Accepted))
        .then([progressed(0, 1, Kind::Accepted)]);
    let released = held().into_iter().chain([told(0..2, Kind::Accepted)]);
    given::<Chunk>(history(released))
        .when(told(0..2, Kind::Accepted))
        .then([]);
}

#[test]
fn a_repeat_changes_nothing() {
    for kind in [Kind::Accepted, Kind::Delivered, Kind::Read, Kind::Failed] {
        after([told(0..4, kind)]).when(told(0..4, kind)).then([]);
    }
}

#[test]
fn nobody_goes_back() {
    after([told(0..1, Kind::Read)])
        .when(told(0..1, Kind::Delivered))
        .then([]);
    for late in [Kind::Failed, Kind::Accepted] {
        after([told(0..1, Kind::Delivered)])
            .when(told(0..1, late))
            .then([]);
    }
}

#[test]
fn a_failure_told_later_is_one_until_it_was_delivered_after_all() {
    after([])
        .when(told(0..2, Kind::Failed))
        .then([progressed(0, 1, Kind::Failed)]);
    assert_eq!(
        statuses([told(0..1, Kind::Failed)])[0],
        Some(Status::Failed)
    );
    after([told(0..1, Kind::Failed)])
        .when(told(0..2, Kind::Delivered))
        .then([progressed(0, 2, Kind::Delivered)]);
    let both = [told(0..2, Kind::Failed), told(0..2, Kind::Delivered)];
    assert_eq!(statuses(both)[..2], [Some(Status::Delivered); 2]);
}

#[test]
fn what_is_told_before_the_window_is_settled_is_kept() {
    let early = [
        store(2),
        start(0..2, 7),
        told(0..1, Kind::Delivered),
        told(1..2, Kind::Accepted),
        settle(1, [unknown(0..2)]),
    ];
    let chunk = Chunk::fold(&history(early));
    assert_eq!(chunk.status(0), Some(Status::Delivered));
    assert_eq!(chunk.status(1), Some(Status::Accepted));
}

#[test]
fn what_is_told_is_nobodys_turn() {
    let before = Chunk::fold(&history([store(2), start(0..2, 7)]));
    let told = [store(2), start(0..2, 7), told(0..2, Kind::Accepted)];
    assert_eq!(Chunk::fold(&history(told)).turns(), before.turns());
}

#[test]
fn nobody_is_invented() {
    given::<Chunk>(history([]))
        .when(told(0..1, Kind::Read))
        .then_refused(ChunkError::NotFound);
    after([]).when(told(4..9, Kind::Read)).then([]);
    after([])
        .when(told(3..9, Kind::Delivered))
        .then([progressed(3, 1, Kind::Delivered)]);
}

fn kinds() -> impl Strategy<Value = Vec<(u32, i32)>> {
    vec((0..4_u32, 1..5_i32), 0..12)
}

proptest! {
    #[test]
    fn order_and_repetition_do_not_matter(kinds in kinds(), turn in any::<prop::sample::Index>()) {
        let told = |kinds: &[(u32, i32)]| {
            let commands = kinds.iter().map(|(place, kind)| {
                told(*place..place + 1, Kind::try_from(*kind).unwrap())
            });
            statuses(commands.collect::<Vec<_>>())
        };
        let expected = told(&kinds);
        let mut other = kinds;
        other.reverse();
        prop_assert_eq!(told(&other), expected);
        if !other.is_empty() {
            let middle = turn.index(other.len());
            other.rotate_left(middle);
            other.push(other[0]);
        }
        prop_assert_eq!(told(&other), expected);
    }
}
