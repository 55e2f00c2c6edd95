use events::{
    segment::{
        self, Filters, NameMatchKind, SubscriptionStatus, Tags, TimeRange, filter::Condition,
    },
    to_timestamp,
};
use uuid::Uuid;

use crate::{Filter, NameKind, NameMatch, Range, StatusFilter, TagRef};

impl Filter<TagRef> {
    /// As requests and answers have it.
    #[must_use]
    pub fn to_proto(&self) -> segment::Filter {
        to_proto(self, &|tags: &[TagRef]| {
            let mut split = Tags::default();
            for tag in tags {
                match tag {
                    TagRef::Name(name) => split.tags.push(name.clone()),
                    TagRef::Id(id) => split.tag_ids.push(id.to_string()),
                }
            }
            split
        })
    }
}

impl Filter<Uuid> {
    /// As events have it.
    #[must_use]
    pub fn to_proto(&self) -> segment::Filter {
        to_proto(self, &|tags: &[Uuid]| Tags {
            tags: Vec::new(),
            tag_ids: tags.iter().map(Uuid::to_string).collect(),
        })
    }
}

fn to_proto<T>(filter: &Filter<T>, tags: &impl Fn(&[T]) -> Tags) -> segment::Filter {
    let group = |filters: &[Filter<T>]| Filters {
        filters: filters
            .iter()
            .map(|filter| to_proto(filter, tags))
            .collect(),
    };
    let condition = match filter {
        Filter::All(filters) if filters.is_empty() => return segment::Filter::default(),
        Filter::All(filters) => Condition::All(group(filters)),
        Filter::Any(filters) => Condition::Any(group(filters)),
        Filter::Not(filter) => Condition::Not(Box::new(to_proto(filter, tags))),
        Filter::HasAnyTag(given) => Condition::HasAnyTag(tags(given)),
        Filter::HasAllTags(given) => Condition::HasAllTags(tags(given)),
        Filter::HasNoTag(given) => Condition::HasNoTag(tags(given)),
        Filter::LastInteraction(given) => Condition::LastInteraction(range(*given)),
        Filter::SubscribedAt(given) => Condition::SubscribedAt(range(*given)),
        Filter::Status(given) => Condition::Status(status(*given).into()),
        Filter::Name(given) => Condition::Name(name(given)),
        Filter::Phone(phone) => Condition::Phone(phone.clone()),
        Filter::Email(email) => Condition::Email(email.clone()),
        Filter::MemberNumber(number) => Condition::MemberNumber(number.clone()),
        Filter::SiteBound(bound) => Condition::SiteBound(*bound),
    };
    segment::Filter {
        condition: Some(condition),
    }
}

fn range(range: Range) -> TimeRange {
    TimeRange {
        after: range.after().map(to_timestamp),
        before: range.before().map(to_timestamp),
    }
}

fn status(status: StatusFilter) -> SubscriptionStatus {
    match status {
        StatusFilter::Subscribed => SubscriptionStatus::Subscribed,
        StatusFilter::Unsubscribed => SubscriptionStatus::Unsubscribed,
        StatusFilter::Blocked => SubscriptionStatus::Blocked,
        StatusFilter::All => SubscriptionStatus::All,
    }
}

fn name(name: &NameMatch) -> segment::NameMatch {
    let kind = match name.kind() {
        NameKind::Whole => NameMatchKind::Unspecified,
        NameKind::Prefix => NameMatchKind::Prefix,
        NameKind::Contains => NameMatchKind::Contains,
    };
    segment::NameMatch {
        value: name.value().to_owned(),
        kind: kind.into(),
    }
}
