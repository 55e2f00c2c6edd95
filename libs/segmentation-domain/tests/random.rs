//! Filters at random, and anything at all as a text.

use chrono::{DateTime, TimeDelta};
use proptest::{collection::vec, option, prelude::*};
use segmentation_domain::{Filter, NameKind, NameMatch, Range, StatusFilter, TagRef};
use uuid::Uuid;

/// Somebody, as far as filters look.
#[derive(Debug, Clone)]
struct Person {
    tags: Vec<TagRef>,
    last_interaction: Option<i64>,
    subscribed_at: Option<i64>,
    status: StatusFilter,
    name: String,
    site_bound: bool,
}

fn matches(filter: &Filter, person: &Person) -> bool {
    let has = |tag: &TagRef| person.tags.contains(tag);
    let within = |range: &Range, day: Option<i64>| day.is_some_and(|day| range.contains(time(day)));
    match filter {
        Filter::All(filters) => filters.iter().all(|filter| matches(filter, person)),
        Filter::Any(filters) => filters.iter().any(|filter| matches(filter, person)),
        Filter::Not(filter) => !matches(filter, person),
        Filter::HasAnyTag(tags) => tags.iter().any(has),
        Filter::HasAllTags(tags) => tags.iter().all(has),
        Filter::HasNoTag(tags) => !tags.iter().any(has),
        Filter::LastInteraction(range) => within(range, person.last_interaction),
        Filter::SubscribedAt(range) => within(range, person.subscribed_at),
        Filter::Status(StatusFilter::All) => true,
        Filter::Status(status) => person.status == *status,
        Filter::Name(name) => name.matches(&person.name),
        Filter::Phone(_) | Filter::Email(_) | Filter::MemberNumber(_) => false,
        Filter::SiteBound(bound) => person.site_bound == *bound,
    }
}

/// Times in steps of half a day.
fn time(half_days: i64) -> DateTime<chrono::Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(12 * half_days)
}

fn tag() -> impl Strategy<Value = TagRef> {
    let names = prop_oneof![
        "[ab]",
        "[\\PC&&[^|]]{1,20}",
        Just("AND".to_owned()),
        Just("a\"b'c\\d*(e)".to_owned()),
    ];
    let names = names.prop_filter("a tag", |name| !name.trim().is_empty());
    prop_oneof![
        4 => names.prop_map(|name| TagRef::Name(name.trim().to_owned())),
        1 => any::<u128>().prop_map(|id| TagRef::Id(Uuid::from_u128(id))),
    ]
}

/// As protobuf keeps them: names before ids.
fn tags() -> impl Strategy<Value = Vec<TagRef>> {
    vec(tag(), 1..4).prop_map(|mut tags| {
        tags.sort_by_key(|tag| matches!(tag, TagRef::Id(_)));
        tags
    })
}

fn range() -> impl Strategy<Value = Range> {
    (option::of(0_i64..6), option::of(0_i64..6), 0_i64..3).prop_filter_map(
        "a range",
        |(after, before, micros)| {
            let after = after.map(|after| time(after) + TimeDelta::microseconds(micros));
            Range::try_new(after, before.map(time)).ok()
        },
    )
}

fn status() -> impl Strategy<Value = StatusFilter> {
    prop_oneof![
        Just(StatusFilter::Subscribed),
        Just(StatusFilter::Unsubscribed),
        Just(StatusFilter::Blocked),
        Just(StatusFilter::All),
    ]
}

fn name() -> impl Strategy<Value = NameMatch> {
    let kind = prop_oneof![
        Just(NameKind::Whole),
        Just(NameKind::Prefix),
        Just(NameKind::Contains)
    ];
    (prop_oneof!["[ab*\\\\\"']{1,3}", "\\PC{1,20}"], kind)
        .prop_filter_map("a name", |(value, kind)| {
            NameMatch::try_new(&value, kind).ok()
        })
}

fn filter() -> impl Strategy<Value = Filter> {
    let leaf = prop_oneof![
        tags().prop_map(Filter::HasAnyTag),
        tags().prop_map(Filter::HasAllTags),
        tags().prop_map(Filter::HasNoTag),
        range().prop_map(Filter::LastInteraction),
        range().prop_map(Filter::SubscribedAt),
        status().prop_map(Filter::Status),
        name().prop_map(Filter::Name),
        "\\+?[0-9]{1,4}[ -]?[0-9]{1,4}".prop_map(Filter::Phone),
        "[a-z\"*]{1,8}@[a-z.]{1,8}".prop_map(Filter::Email),
        "[A-Z*()0-9-]{1,8}".prop_map(Filter::MemberNumber),
        any::<bool>().prop_map(Filter::SiteBound),
    ];
    leaf.prop_recursive(8, 60, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Filter::All),
            vec(inner.clone(), 0..5).prop_map(Filter::Any),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

fn person() -> impl Strategy<Value = Person> {
    (
        vec(tag(), 0..3),
        option::of(0_i64..6),
        option::of(0_i64..6),
        status(),
        "[ab]{0,3}",
        any::<bool>(),
    )
        .prop_map(
            |(tags, last_interaction, subscribed_at, status, name, site_bound)| Person {
                tags,
                last_interaction,
                subscribed_at,
                status,
                name,
                site_bound,
            },
        )
}

/// What somebody might type, rather than any characters.
fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "(tag|name|status|last_interaction|AND|OR|NOT|id|everyone|all|2026-01-31)",
        "[:=<>!()\"'*\\\\ -]",
        "\\PC{0,3}",
    ];
    vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_filter_written_as_text_is_read_as_the_same_filter(filter in filter()) {
        let text = filter.to_text();
        let read = Filter::from_text(&text);
        prop_assert_eq!(read, Ok(filter.canonical()), "{}", text);
    }

    #[test]
    fn a_filter_written_as_protobuf_is_read_as_the_same_filter(filter in filter()) {
        prop_assert_eq!(Filter::from_proto(Some(&filter.to_proto())), Ok(filter));
    }

    #[test]
    fn the_canonical_form_matches_the_same_people(filter in filter(), people in vec(person(), 20)) {
        let canonical = filter.clone().canonical();
        prop_assert_eq!(filter.mentions_status(), canonical.mentions_status());
        for person in &people {
            prop_assert_eq!(matches(&filter, person), matches(&canonical, person));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in prop_oneof!["\\PC*", ".*", words()]) {
        match Filter::from_text(&text) {
            Ok(filter) => {
                let again = filter.to_text();
                prop_assert_eq!(Filter::from_text(&again).unwrap(), filter, "{}", again);
            }
            Err(error) => {
                let column = error.column.unwrap_or(1);
                prop_assert!((1..=text.chars().count() + 1).contains(&column));
            }
        }
    }
}
