//! Which protobuf filters are taken, and how the others are answered.
#![expect(clippy::unwrap_used, reason = "a filter that is not read should panic")]

use events::segment::{
    Filter as Proto, Filters, NameMatch, SubscriptionStatus, Tags, TimeRange, filter::Condition,
};
use prost_types::Timestamp;
use segmentation_domain::{Filter, TagRef};
use uuid::Uuid;

fn filter(condition: Condition) -> Proto {
    Proto {
        condition: Some(condition),
    }
}

fn read(filter: &Proto) -> Result<Filter, (String, &'static str)> {
    Filter::from_proto(Some(filter)).map_err(|error| (error.path, error.reason))
}

fn refused(filter: &Proto) -> String {
    read(filter).unwrap_err().0
}

fn names(tags: &[&str]) -> Tags {
    Tags {
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        tag_ids: Vec::new(),
    }
}

#[test]
fn no_filter_is_everyone() {
    assert_eq!(Filter::from_proto(None), Ok(Filter::everyone()));
    assert_eq!(read(&Proto::default()), Ok(Filter::everyone()));
}

#[test]
fn a_wrong_filter_is_named_by_its_place() {
    let tags = filter(Condition::HasAnyTag(Tags::default()));
    let filters = vec![Proto::default(), tags];
    let nested = filter(Condition::All(Filters { filters }));
    assert_eq!(refused(&nested), "filter.all.filters[1].has_any_tag.tags");

    let range = filter(Condition::LastInteraction(TimeRange::default()));
    let not = filter(Condition::Not(Box::new(range)));
    assert_eq!(refused(&not), "filter.not.last_interaction");

    let tag_ids = vec!["x".to_owned()];
    let ids = Tags {
        tags: vec!["a".to_owned()],
        tag_ids,
    };
    assert_eq!(
        read(&filter(Condition::HasNoTag(ids))),
        Err(("filter.has_no_tag.tag_ids[0]".to_owned(), "NOT_A_UUID"))
    );
}

#[test]
fn each_condition_is_checked() {
    let too_late = Some(Timestamp {
        seconds: 253_402_300_800,
        nanos: 0,
    });
    let after = |after| TimeRange {
        after,
        before: None,
    };
    let name = |value: &str, kind| {
        filter(Condition::Name(NameMatch {
            value: value.to_owned(),
            kind,
        }))
    };
    for (wrong, path, reason) in [
        (
            filter(Condition::Status(0)),
            "filter.status",
            "STATUS_INVALID",
        ),
        (
            filter(Condition::Status(77)),
            "filter.status",
            "STATUS_INVALID",
        ),
        (
            filter(Condition::SubscribedAt(after(too_late))),
            "filter.subscribed_at",
            "TIME_INVALID",
        ),
        (name(" ", 0), "filter.name.value", "EMPTY"),
        (name("x", 9), "filter.name.kind", "NAME_KIND_INVALID"),
        (name(&"x".repeat(101), 0), "filter.name.value", "TOO_LONG"),
        (
            filter(Condition::Phone("none".to_owned())),
            "filter.phone",
            "PHONE_INVALID",
        ),
        (
            filter(Condition::Email(String::new())),
            "filter.email",
            "EMPTY",
        ),
        (
            filter(Condition::MemberNumber("a\nb".to_owned())),
            "filter.member_number",
            "MEMBER_NUMBER_INVALID",
        ),
        (
            filter(Condition::HasAnyTag(names(&["a|b"]))),
            "filter.has_any_tag.tags[0]",
            "TAG_INVALID",
        ),
    ] {
        assert_eq!(read(&wrong), Err((path.to_owned(), reason)));
    }
}

#[test]
fn nesting_has_an_end() {
    let nest = |depth| {
        (0..depth).fold(Proto::default(), |inner, _| {
            filter(Condition::Not(Box::new(inner)))
        })
    };
    assert!(read(&nest(10)).is_ok());
    assert_eq!(read(&nest(11)).unwrap_err().1, "NESTED_TOO_DEEP");
}

#[test]
fn a_filter_has_at_most_1000_conditions_and_a_group_50() {
    let of = |filters| filter(Condition::Any(Filters { filters }));
    let status = filter(Condition::Status(SubscriptionStatus::Blocked.into()));
    let many = of(vec![status; 50]);
    assert!(read(&of(vec![many.clone(); 19])).is_ok());
    let wrong = read(&of(vec![many; 20]));
    assert_eq!(wrong, Err(("filter".to_owned(), "TOO_MANY_CONDITIONS")));

    let of = |count| {
        let filters = vec![Proto::default(); count];
        filter(Condition::All(Filters { filters }))
    };
    assert!(read(&of(50)).is_ok());
    assert_eq!(refused(&of(51)), "filter.all.filters");
}

#[test]
fn there_are_1_to_100_tags() {
    let of = |count| filter(Condition::HasNoTag(names(&vec!["標"; count])));
    assert!(read(&of(100)).is_ok());
    assert_eq!(refused(&of(101)), "filter.has_no_tag.tags");
    assert_eq!(refused(&of(0)), "filter.has_no_tag.tags");
}

#[test]
fn a_range_ends_after_it_begins() {
    let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
    let range = |after, before| filter(Condition::SubscribedAt(TimeRange { after, before }));
    assert!(read(&range(at(1), at(2))).is_ok());
    let wrong = read(&range(at(2), at(2)));
    assert_eq!(
        wrong,
        Err(("filter.subscribed_at".to_owned(), "RANGE_REVERSED"))
    );
}

#[test]
fn tags_become_ids_and_an_unknown_one_is_named_by_its_place() {
    let vip = Uuid::from_u128(7);
    let gone = Uuid::from_u128(8);
    let find = |tag: &TagRef| match tag {
        TagRef::Name(name) => (name == "vip").then_some(vip),
        TagRef::Id(id) => (*id == vip).then_some(vip),
    };
    let tags = |tag_ids: Vec<Uuid>, tags: &[&str]| {
        let tag_ids = tag_ids.iter().map(Uuid::to_string).collect();
        let tags = Tags {
            tag_ids,
            ..names(tags)
        };
        let filters = vec![Proto::default(), filter(Condition::HasAllTags(tags))];
        Filter::from_proto(Some(&filter(Condition::Any(Filters { filters })))).unwrap()
    };

    let known = tags(vec![vip], &["vip"]).resolve(find).unwrap();
    assert_eq!(known.tags(), [&vip, &vip]);
    let name = |id: Uuid| (id == vip).then(|| "vip".to_owned());
    assert_eq!(known.named(name), tags(vec![], &["vip", "vip"]));

    let unknown = tags(vec![], &["vip", "new"]).resolve(find).unwrap_err();
    assert_eq!(unknown.path, "filter.any.filters[1].has_all_tags.tags[1]");
    assert_eq!(unknown.reason, "TAG_UNKNOWN");
    let unknown = tags(vec![vip, gone], &["vip"]).resolve(find).unwrap_err();
    assert_eq!(
        unknown.path,
        "filter.any.filters[1].has_all_tags.tag_ids[1]"
    );
}
