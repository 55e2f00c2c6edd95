//! Random filters on random people of several teams: memory finds whom Postgres finds.

use std::{future::Future, pin::Pin};

use events::contact::Profile;
use futures_util::{StreamExt as _, stream};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRng, TestRunner},
};
use proto::segmentation::v1::{
    Filter, Filters, NameMatchKind, SubscriptionStatus, filter::Condition,
};
use uuid::Uuid;

use crate::{
    app::{ACCOUNT, App, OTHER_TEAM, TEAM},
    asking::{ids, name, of, range, resolve, status, tags},
    oracle::{self, Profiles},
    people::{Person, person},
};

const TAGS: [&str; 5] = ["a", "b", "c", "d", "every"];
const NAMES: [&str; 7] = [
    "",
    "Mia",
    "ＭＩＡ Chen",
    "陳臺英",
    "chen Mimi",
    "台英",
    "Mi",
];
const DAY: i64 = 86_400;
const PEOPLE: u128 = 1_500;
const TEAMS: [Uuid; 2] = [TEAM, OTHER_TEAM];

fn time() -> impl Strategy<Value = i64> + Clone {
    // Days and their edges, so that ranges begin and end inside of days and between them.
    (
        0_i64..8,
        prop_oneof![Just(0), Just(1), Just(DAY - 1), 0..DAY],
    )
        .prop_map(|(day, second)| day * DAY + second)
}

fn profile(id: u128) -> impl Strategy<Value = Profile> {
    let name = prop::sample::select(NAMES.to_vec());
    (name, 0_u8..4, 0_u8..4).prop_map(move |(name, email, phone)| Profile {
        display_name: name.to_owned(),
        email: if email == 0 {
            String::new()
        } else {
            format!("P{email}@example.com")
        },
        phone: if phone == 0 {
            String::new()
        } else {
            format!("0988-00{phone}")
        },
        member_number: format!("M{}", id % 400),
        ..person(id, &[]).profile
    })
}

fn someone(id: u128) -> impl Strategy<Value = Person> {
    let tags = prop::sample::subsequence(TAGS[..4].to_vec(), 0..=4);
    let time = || prop::option::of(time());
    (tags, time(), time(), profile(id)).prop_map(
        move |(mut tags, subscribed, interacted, profile)| {
            tags.push("every");
            Person {
                subscribed,
                interacted,
                profile,
                ..person(id, &tags)
            }
        },
    )
}

fn leaf() -> impl Strategy<Value = Condition> {
    let some_tags = || prop::sample::subsequence(TAGS.to_vec(), 1..=3).prop_map(|of| tags(&of));
    let times = || {
        (prop::option::of(time()), prop::option::of(time())).prop_filter_map(
            "a range",
            |(after, before)| match (after, before) {
                (None, None) => None,
                (Some(after), Some(before)) if after >= before => None,
                (after, before) => Some(range(after, before)),
            },
        )
    };
    let statuses = [
        SubscriptionStatus::Subscribed,
        SubscriptionStatus::Unsubscribed,
        SubscriptionStatus::Blocked,
        SubscriptionStatus::All,
    ];
    let kinds = [
        NameMatchKind::Unspecified,
        NameMatchKind::Prefix,
        NameMatchKind::Contains,
    ];
    let parts = ["mia", "MI", "台", "chen", "nobody", "m"];
    let named = (
        prop::sample::select(parts.to_vec()),
        prop::sample::select(kinds.to_vec()),
    );
    prop_oneof![
        some_tags().prop_map(Condition::HasAnyTag),
        some_tags().prop_map(Condition::HasAllTags),
        some_tags().prop_map(Condition::HasNoTag),
        times().prop_map(Condition::SubscribedAt),
        times().prop_map(Condition::LastInteraction),
        prop::sample::select(statuses.to_vec()).prop_map(status),
        named.prop_map(|(part, kind)| name(part, kind)),
        (1_u8..5).prop_map(|n| Condition::Email(format!("p{n}@EXAMPLE.com"))),
        (1_u8..5).prop_map(|n| Condition::Phone(format!("098 800{n}"))),
        (0_u16..450).prop_map(|n| Condition::MemberNumber(format!("M{n}"))),
        any::<bool>().prop_map(Condition::SiteBound),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    leaf().prop_map(of).prop_recursive(4, 20, 4, |inner| {
        let some = || prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            some().prop_map(|filters| Condition::All(Filters { filters })),
            some().prop_map(|filters| Condition::Any(Filters { filters })),
            inner
                .clone()
                .prop_map(|filter| Condition::Not(Box::new(filter))),
        ]
        .prop_map(of)
    })
}

/// What may happen to somebody.
#[derive(Debug, Clone)]
enum Change {
    Interact(i64),
    Block(i64),
    Follow(i64),
    OptOut(i64),
    Retag(&'static str, &'static str),
    Bind(i64),
    Unbind(i64),
    Rename(Profile),
    Erase,
}

fn change(id: u128) -> impl Strategy<Value = Change> {
    let tag = || prop::sample::select(TAGS.to_vec());
    prop_oneof![
        3 => time().prop_map(Change::Interact),
        1 => time().prop_map(Change::Block),
        1 => time().prop_map(Change::Follow),
        1 => time().prop_map(Change::OptOut),
        2 => (tag(), tag()).prop_map(|(add, remove)| Change::Retag(add, remove)),
        1 => time().prop_map(Change::Bind),
        1 => time().prop_map(Change::Unbind),
        2 => profile(id).prop_map(Change::Rename),
        1 => Just(Change::Erase),
    ]
}

async fn happens(app: &App, id: u128, change: Change) -> String {
    let happening: Pin<Box<dyn Future<Output = String>>> = match change {
        Change::Interact(at) => Box::pin(app.interact(TEAM, id, at)),
        Change::Block(at) => Box::pin(app.block(id, at)),
        Change::Follow(at) => Box::pin(app.follow(id, at)),
        Change::OptOut(at) => Box::pin(app.opt_out(TEAM, id, at)),
        Change::Retag(add, remove) => {
            Box::pin(async move { app.retag(TEAM, id, &[add], &[remove]).await })
        }
        Change::Bind(at) => Box::pin(app.bind(TEAM, id, at)),
        Change::Unbind(at) => Box::pin(app.unbind(TEAM, id, at)),
        Change::Rename(profile) => {
            Box::pin(async move { app.change_profile(TEAM, id, &profile).await })
        }
        Change::Erase => Box::pin(app.erase(TEAM, id)),
    };
    happening.await
}

/// Compares on some filters.
async fn compare(app: &App, runner: &mut TestRunner, profiles: &[Profiles], filters: usize) {
    for round in 0..filters {
        let filter = filter().new_tree(runner).unwrap().current();
        let team = round % TEAMS.len();
        let pool = &app.database.pool;
        let expected = oracle::matching(pool, TEAMS[team], &profiles[team], &filter).await;
        let client = app.client(TEAMS[team], "service:broadcast");
        let found = resolve(client, Some(filter.clone()), true, "")
            .await
            .unwrap();
        let found = ids(&found);
        assert!(
            found == expected,
            "{filter:?}\nfinds {} instead of {}",
            found.len(),
            expected.len()
        );
    }
}

#[tokio::test]
async fn memory_finds_whom_postgres_finds_also_while_people_change() {
    let app = App::start().await;
    let config = Config::default();
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let mut profiles = vec![Profiles::new(), Profiles::new()];
    let mut tokens = Vec::new();
    for (team, team_id) in TEAMS.into_iter().enumerate() {
        let first = u128::try_from(team).unwrap() * 1_000_000 + 1;
        let people: Vec<Person> = (first..first + PEOPLE)
            .map(|id| someone(id).new_tree(&mut runner).unwrap().current())
            .collect();
        for person in &people {
            profiles[team].insert(Uuid::from_u128(person.id), person.profile.clone());
        }
        tokens.push((team_id, app.import(team_id, &people).await));
    }
    for (team_id, token) in tokens {
        let mut client = app.client(team_id, "person:marketer");
        let request = proto::segmentation::v1::CountContactsRequest {
            account_id: ACCOUNT.to_string(),
            consistency_token: token,
            ..Default::default()
        };
        let counted = client.count_contacts(request).await.unwrap().into_inner();
        assert_eq!(counted.matching, i64::try_from(PEOPLE).unwrap());
    }
    compare(&app, &mut runner, &profiles, 150).await;

    for _ in 0..3 {
        let changes: Vec<(u128, Change)> = (0..150)
            .map(|_| {
                let id = (1..=PEOPLE).new_tree(&mut runner).unwrap().current();
                (id, change(id).new_tree(&mut runner).unwrap().current())
            })
            .collect();
        for (id, change) in &changes {
            if let Change::Rename(profile) = change {
                profiles[0].insert(Uuid::from_u128(*id), profile.clone());
            }
        }
        // One after the other: the log's order is the order in which they are told.
        let mut tokens = Vec::new();
        for (id, change) in changes {
            tokens.push(happens(&app, id, change).await);
        }
        stream::iter(&tokens)
            .for_each_concurrent(8, |token| async {
                app.count(None, token).await;
            })
            .await;
        compare(&app, &mut runner, &profiles, 60).await;
    }
}
