//! What the facts of a contact add up to.

use chrono::{DateTime, Utc};
use contacts_domain::{Consent, ContactFact, ContactState, ContactStatus, OptedOut};
use events::common::Purpose;
use proptest::prelude::*;
use uuid::Uuid;

const VIP: Uuid = Uuid::from_u128(1);
const NEW: Uuid = Uuid::from_u128(2);

#[test]
fn a_contact_that_was_only_imported_is_subscribed() {
    let state = fold(&[imported(&[VIP], Some(10), None)]);
    assert_eq!(state.status(), ContactStatus::Subscribed);
    assert_eq!(state.subscribed_at, at(10));
}

#[test]
fn a_block_holds_until_the_person_follows_or_writes_later() {
    let cases: [(&[ContactFact], ContactStatus); 7] = [
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
fn an_import_never_takes_back_a_block_or_an_opt_out() {
    let state = fold(&[blocked(1), imported(&[], Some(5), Some(6))]);
    assert_eq!(state.status(), ContactStatus::Blocked);
    assert_eq!(state.last_interaction_at, at(6));
    let state = fold(&[person(true, 1), imported(&[], Some(5), Some(6))]);
    assert_eq!(state.status(), ContactStatus::Unsubscribed);
}

#[test]
fn a_team_can_undo_what_a_team_did_and_nothing_else() {
    let cases: [(&[ContactFact], ContactStatus); 8] = [
        (&[team(true, 1)], ContactStatus::Unsubscribed),
        (&[team(true, 1), team(false, 2)], ContactStatus::Subscribed),
        (&[team(false, 2), team(true, 1)], ContactStatus::Subscribed),
        (
            &[person(true, 1), team(false, 2)],
            ContactStatus::Unsubscribed,
        ),
        (
            &[team(false, 2), person(true, 1)],
            ContactStatus::Unsubscribed,
        ),
        (
            &[person(true, 1), person(false, 2)],
            ContactStatus::Subscribed,
        ),
        (
            &[team(true, 1), person(false, 2)],
            ContactStatus::Subscribed,
        ),
        (
            &[person(false, 1), team(true, 2)],
            ContactStatus::Unsubscribed,
        ),
    ];
    for (facts, status) in cases {
        assert_eq!(fold(facts).status(), status, "{facts:?}");
    }
}

#[test]
fn a_person_who_follows_again_wants_broadcasts_again() {
    let state = fold(&[person(true, 1), followed(2)]);
    assert_eq!(state.status(), ContactStatus::Subscribed);
    let state = fold(&[person(true, 3), followed(2)]);
    assert_eq!(state.status(), ContactStatus::Unsubscribed);
}

#[test]
fn opting_out_of_one_purpose_leaves_the_others() {
    let cart = ContactFact::TeamDecided {
        purposes: [Purpose::CartRemarketing].into(),
        opted_out: true,
        at: at(5),
    };
    let state = fold(&[cart]);
    assert_eq!(state.status(), ContactStatus::Subscribed);
    let opted_out = |purpose| state.consent.of(purpose).opted_out();
    assert_eq!(
        opted_out(Purpose::CartRemarketing),
        at(5).map(OptedOut::ByTeam)
    );
    assert_eq!(opted_out(Purpose::SiteMarketing), None);
    assert_eq!(state.consent.opted_out_bits(), 1 << 3);
}

#[test]
fn an_import_adds_tags_or_replaces_them() {
    let added = ContactFact::Imported {
        tag_ids: [NEW].into(),
        keeps_tags: true,
        subscribed_at: None,
        last_interaction_at: None,
    };
    let state = fold(&[imported(&[VIP], None, None), added]);
    assert_eq!(state.tag_ids, [VIP, NEW]);
    let state = fold(&[
        imported(&[VIP], None, None),
        imported(&[NEW, NEW], None, None),
    ]);
    assert_eq!(state.tag_ids, [NEW]);
}

#[test]
fn tags_are_put_on_and_taken_off() {
    let tagged = |added: &[Uuid], removed: &[Uuid]| ContactFact::Tagged {
        added: added.into(),
        removed: removed.into(),
    };
    let state = fold(&[
        tagged(&[VIP, NEW], &[]),
        tagged(&[VIP], &[]),
        tagged(&[], &[NEW]),
    ]);
    assert_eq!(state.tag_ids, [VIP]);
}

#[test]
fn a_browser_is_bound_until_all_are_forgotten() {
    let bound = |seconds| ContactFact::SiteBound { at: at(seconds) };
    let unbound = |seconds| ContactFact::SiteUnbound { at: at(seconds) };
    assert!(!fold(&[]).site_bound());
    assert!(fold(&[bound(1)]).site_bound());
    assert!(!fold(&[bound(1), unbound(2)]).site_bound());
    assert!(!fold(&[unbound(2), bound(1)]).site_bound());
    assert!(fold(&[unbound(2), bound(3)]).site_bound());
}

#[test]
fn nothing_is_known_after_an_erasure_whatever_is_told_later() {
    let erased = ContactFact::Erased { at: at(9) };
    let state = fold(&[
        imported(&[VIP], Some(1), Some(2)),
        erased,
        interacted(10),
        person(true, 11),
        imported(&[NEW], Some(1), None),
    ]);
    let nothing = ContactState {
        erased_at: at(9),
        ..ContactState::default()
    };
    assert_eq!(state, nothing);
    assert_eq!(state.status(), ContactStatus::Erased);
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

    #[test]
    fn consent_is_read_as_it_was_written((facts, _) in facts_in_two_orders()) {
        let consent = fold(&facts).consent;
        prop_assert_eq!(Consent::decode(consent.encode().as_deref()), consent);
    }
}

/// Facts with few distinct times, one of them an import, and the same facts in another order.
fn facts_in_two_orders() -> impl Strategy<Value = (Vec<ContactFact>, Vec<ContactFact>)> {
    prop::collection::vec((0..8_u8, 1..8_i64), 0..12)
        .prop_map(|kinds| {
            let mut facts: Vec<_> = kinds.into_iter().map(|(kind, n)| fact(kind, n)).collect();
            facts.push(imported(&[VIP], Some(6), Some(4)));
            facts
        })
        .prop_flat_map(|facts| (Just(facts.clone()), Just(facts).prop_shuffle()))
}

fn fact(kind: u8, seconds: i64) -> ContactFact {
    match kind {
        0 => followed(seconds),
        1 => interacted(seconds),
        2 => person(true, seconds),
        3 => person(false, seconds),
        4 => team(true, seconds),
        5 => team(false, seconds),
        6 => ContactFact::SiteBound { at: at(seconds) },
        _ => blocked(seconds),
    }
}

#[test]
fn a_block_is_lifted_by_what_the_channel_tells_and_not_by_what_the_team_does() {
    let told = fold(&[blocked(10), told_by_team(20)]);
    assert_eq!(told.status(), ContactStatus::Blocked);
    assert_eq!(told.last_interaction_at, at(20));
    let wrote = fold(&[blocked(10), told_by_team(20), interacted(15)]);
    assert_eq!(wrote.status(), ContactStatus::Subscribed);
}

fn fold(facts: &[ContactFact]) -> ContactState {
    let mut state = ContactState::default();
    for fact in facts {
        state.apply(fact);
    }
    state
}

fn imported(tags: &[Uuid], subscribed: Option<i64>, last_interaction: Option<i64>) -> ContactFact {
    ContactFact::Imported {
        tag_ids: tags.into(),
        keeps_tags: false,
        subscribed_at: subscribed.and_then(at),
        last_interaction_at: last_interaction.and_then(at),
    }
}

fn person(opted_out: bool, seconds: i64) -> ContactFact {
    ContactFact::PersonDecided {
        purposes: [Purpose::Broadcasts].into(),
        opted_out,
        at: at(seconds),
    }
}

fn team(opted_out: bool, seconds: i64) -> ContactFact {
    ContactFact::TeamDecided {
        purposes: [Purpose::Broadcasts].into(),
        opted_out,
        at: at(seconds),
    }
}

fn followed(seconds: i64) -> ContactFact {
    ContactFact::Followed { at: at(seconds) }
}

fn interacted(seconds: i64) -> ContactFact {
    ContactFact::Interacted {
        at: at(seconds),
        told_by_team: false,
    }
}

fn told_by_team(seconds: i64) -> ContactFact {
    ContactFact::Interacted {
        at: at(seconds),
        told_by_team: true,
    }
}

fn blocked(seconds: i64) -> ContactFact {
    ContactFact::Blocked { at: at(seconds) }
}

fn at(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}
