//! What the facts of a contact add up to.

use chrono::{DateTime, Utc};
use contacts_domain::{ContactFact, ContactState, ContactStatus};
use proptest::prelude::*;

#[test]
fn a_contact_that_was_only_imported_is_subscribed() {
    let state = fold(&[imported(&["vip"], Some(10), None)]);
    assert_eq!(state.status(), ContactStatus::Subscribed);
    assert_eq!(state.subscribed_at, at(10));
}

#[test]
fn a_block_holds_until_the_person_follows_or_writes_later() {
    let cases: [(&[ContactFact<'_>], ContactStatus); 7] = [
        (&[followed(1)], ContactStatus::Subscribed),
        (&[followed(1), blocked(2)], ContactStatus::Blocked),
        (&[blocked(2), followed(1)], ContactStatus::Blocked),
        (&[blocked(2), followed(3)], ContactStatus::Subscribed),
        (&[blocked(2), interacted(3)], ContactStatus::Subscribed),
        (&[interacted(3), blocked(2)], ContactStatus::Subscribed),
        (&[blocked(2), interacted(1)], ContactStatus::Blocked),
    ];
    for (facts, status) in cases {
        assert_eq!(fold(facts).status(), status, "{facts:?}");
    }
}

#[test]
fn an_import_never_takes_back_a_block() {
    let state = fold(&[blocked(1), imported(&[], Some(5), Some(6))]);
    assert_eq!(state.status(), ContactStatus::Blocked);
    assert_eq!(state.last_interaction_at, at(6));
}

#[test]
fn the_last_import_decides_on_the_tags() {
    let state = fold(&[
        imported(&["a", "b"], None, None),
        imported(&["c", "b", "c"], None, None),
    ]);
    assert_eq!(state.tags, ["b", "c"]);
}

#[test]
fn subscription_is_the_earliest_and_interaction_the_latest_known() {
    let state = fold(&[
        interacted(5),
        imported(&[], Some(2), Some(9)),
        followed(3),
        interacted(7),
    ]);
    assert_eq!(state.subscribed_at, at(2));
    assert_eq!(state.last_interaction_at, at(9));
}

#[test]
fn a_block_is_no_subscription_and_no_interaction() {
    let state = fold(&[blocked(4)]);
    assert_eq!(
        (state.subscribed_at, state.last_interaction_at),
        (None, None)
    );
}

proptest! {
    #[test]
    fn facts_of_a_channel_add_up_to_the_same_in_any_order(
        (facts, shuffled) in facts_in_two_orders()
    ) {
        prop_assert_eq!(fold(&facts), fold(&shuffled));
    }

    #[test]
    fn facts_that_come_twice_count_once((facts, shuffled) in facts_in_two_orders()) {
        let twice = [facts.as_slice(), shuffled.as_slice()].concat();
        prop_assert_eq!(fold(&twice), fold(&facts));
    }
}

/// Facts with distinct times, one of them an import, and the same facts in another order.
fn facts_in_two_orders()
-> impl Strategy<Value = (Vec<ContactFact<'static>>, Vec<ContactFact<'static>>)> {
    prop::collection::vec(0..4_u8, 0..12)
        .prop_map(|kinds| {
            let mut facts: Vec<_> = (1..).zip(kinds).map(|(n, kind)| fact(kind, n)).collect();
            facts.push(imported(&["vip"], Some(6), Some(4)));
            facts
        })
        .prop_flat_map(|facts| (Just(facts.clone()), Just(facts).prop_shuffle()))
}

fn fact(kind: u8, seconds: i64) -> ContactFact<'static> {
    match kind {
        0 => followed(seconds),
        1 | 2 => interacted(seconds),
        _ => blocked(seconds),
    }
}

fn fold(facts: &[ContactFact<'_>]) -> ContactState {
    let mut state = ContactState::default();
    for fact in facts {
        state.apply(fact);
    }
    state
}

fn imported(
    tags: &[&str],
    subscribed: Option<i64>,
    last_interaction: Option<i64>,
) -> ContactFact<'static> {
    let tags: Vec<String> = tags.iter().map(|&tag| tag.to_owned()).collect();
    ContactFact::Imported {
        // A fact borrows from its event, and these have none.
        tags: tags.leak(),
        subscribed_at: subscribed.and_then(at),
        last_interaction_at: last_interaction.and_then(at),
    }
}

fn followed(seconds: i64) -> ContactFact<'static> {
    ContactFact::Followed { at: at(seconds) }
}

fn interacted(seconds: i64) -> ContactFact<'static> {
    ContactFact::Interacted { at: at(seconds) }
}

fn blocked(seconds: i64) -> ContactFact<'static> {
    ContactFact::Blocked { at: at(seconds) }
}

fn at(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}
