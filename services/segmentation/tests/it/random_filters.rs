//! Random filters on random people: the database finds whom plain code finds.

use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use proto::segmentation::v1::{
    Filter, Filters, SubscriptionStatus, Tags, TimeRange, filter::Condition,
};

use crate::app::{App, Person, TEAM, person};

const TAGS: [&str; 4] = ["a", "b", "c", "d"];

fn people() -> impl Strategy<Value = Vec<Person>> {
    let tags = prop::sample::subsequence(TAGS.to_vec(), 0..=TAGS.len());
    let time = || prop::option::of(0_i64..10);
    let one = (tags, time(), time());
    prop::collection::vec(one, 1..25).prop_map(|people| {
        let people = (1..).zip(people);
        people
            .map(|(id, (tags, subscribed, interacted))| Person {
                subscribed,
                interacted,
                ..person(id, &tags)
            })
            .collect()
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    let tags = || {
        prop::sample::subsequence(TAGS.to_vec(), 1..=TAGS.len()).prop_map(|tags| Tags {
            tags: tags.into_iter().map(str::to_owned).collect(),
        })
    };
    let range = || {
        (prop::option::of(0_i64..5), prop::option::of(5_i64..11))
            .prop_filter("one of the two", |(after, before)| {
                after.is_some() || before.is_some()
            })
            .prop_map(|(after, before)| TimeRange {
                after: after.map(at),
                before: before.map(at),
            })
    };
    let leaf = prop_oneof![
        tags().prop_map(Condition::HasAnyTag),
        tags().prop_map(Condition::HasAllTags),
        tags().prop_map(Condition::HasNoTag),
        range().prop_map(Condition::SubscribedAt),
        range().prop_map(Condition::LastInteraction),
        prop_oneof![
            Just(SubscriptionStatus::Subscribed),
            Just(SubscriptionStatus::Blocked)
        ]
        .prop_map(|status| Condition::Status(status.into())),
    ]
    .prop_map(|condition| Filter {
        condition: Some(condition),
    });
    leaf.prop_recursive(4, 20, 4, |inner| {
        let some = || prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            some().prop_map(|filters| Condition::All(Filters { filters })),
            some().prop_map(|filters| Condition::Any(Filters { filters })),
            inner
                .clone()
                .prop_map(|filter| Condition::Not(Box::new(filter))),
        ]
        .prop_map(|condition| Filter {
            condition: Some(condition),
        })
    })
}

fn at(seconds: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds, nanos: 0 }
}

/// Every third person has.
fn has_blocked(person: &Person) -> bool {
    person.id.is_multiple_of(3)
}

fn matches(filter: &Filter, person: &Person) -> bool {
    let has = |tag: &String| person.tags.contains(&tag.as_str());
    let within = |range: &TimeRange, time: Option<i64>| {
        time.is_some_and(|time| {
            range
                .after
                .as_ref()
                .is_none_or(|after| time >= after.seconds)
                && range
                    .before
                    .as_ref()
                    .is_none_or(|before| time < before.seconds)
        })
    };
    match filter.condition.as_ref().unwrap() {
        Condition::All(all) => all.filters.iter().all(|filter| matches(filter, person)),
        Condition::Any(any) => any.filters.iter().any(|filter| matches(filter, person)),
        Condition::Not(filter) => !matches(filter, person),
        Condition::HasAnyTag(tags) => tags.tags.iter().any(has),
        Condition::HasAllTags(tags) => tags.tags.iter().all(has),
        Condition::HasNoTag(tags) => !tags.tags.iter().any(has),
        Condition::SubscribedAt(range) => within(range, person.subscribed),
        Condition::LastInteraction(range) => within(range, person.interacted),
        Condition::Status(status) => {
            let own = if has_blocked(person) {
                SubscriptionStatus::Blocked
            } else {
                SubscriptionStatus::Subscribed
            };
            *status == i32::from(own)
        }
    }
}

#[tokio::test]
async fn the_database_finds_whom_plain_code_finds() {
    let app = App::start().await;
    let mut runner = TestRunner::new(Config::default());
    let people = people().new_tree(&mut runner).unwrap().current();
    let mut tokens = vec![app.import(TEAM, &people).await];
    for person in people.iter().filter(|person| has_blocked(person)) {
        tokens.push(app.block(person.id, 50).await);
    }
    for token in &tokens {
        app.count(None, token).await;
    }
    for _ in 0..150 {
        let filter = filter().new_tree(&mut runner).unwrap().current();
        let expected = people
            .iter()
            .filter(|person| matches(&filter, person))
            .count();
        let found = app.count(filter.condition.clone(), "").await;
        assert_eq!(
            found,
            i64::try_from(expected).unwrap(),
            "{filter:?}\n{people:?}"
        );
    }
}
