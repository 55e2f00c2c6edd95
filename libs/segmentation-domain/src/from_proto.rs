use events::{
    from_timestamp,
    segment::{self, SubscriptionStatus, filter::Condition},
};
use prost_types::Timestamp;

use crate::{
    Filter, FilterError, NameKind, NameMatch, Range, RangeError, StatusFilter, TagRef,
    check::check,
    conditions::{email, member_number, phone},
};

impl Filter<TagRef> {
    /// Reads a filter; none at all is everyone. Errors begin with `filter`, as in requests.
    pub fn from_proto(filter: Option<&segment::Filter>) -> Result<Self, FilterError> {
        let Some(filter) = filter else {
            return Ok(Self::everyone());
        };
        // Decoding has bounded the nesting at 100 messages.
        let read = parse(filter).and_then(|filter| check(&filter).map(|()| filter));
        read.map_err(|error| error.within("filter"))
    }
}

fn parse(filter: &segment::Filter) -> Result<Filter, FilterError> {
    let Some(condition) = &filter.condition else {
        return Ok(Filter::everyone());
    };
    match condition {
        Condition::All(filters) => Ok(Filter::All(group(filters, "all")?)),
        Condition::Any(filters) => Ok(Filter::Any(group(filters, "any")?)),
        Condition::Not(filter) => match parse(filter) {
            Ok(filter) => Ok(Filter::Not(Box::new(filter))),
            Err(error) => Err(error.within("not")),
        },
        Condition::HasAnyTag(given) => Ok(Filter::HasAnyTag(tags(given, "has_any_tag")?)),
        Condition::HasAllTags(given) => Ok(Filter::HasAllTags(tags(given, "has_all_tags")?)),
        Condition::HasNoTag(given) => Ok(Filter::HasNoTag(tags(given, "has_no_tag")?)),
        Condition::LastInteraction(given) => {
            Ok(Filter::LastInteraction(range(given, "last_interaction")?))
        }
        Condition::SubscribedAt(given) => Ok(Filter::SubscribedAt(range(given, "subscribed_at")?)),
        Condition::Status(given) => Ok(Filter::Status(status(*given)?)),
        Condition::Name(given) => Ok(Filter::Name(name(given)?)),
        Condition::Phone(given) => within(phone(given), "phone").map(Filter::Phone),
        Condition::Email(given) => within(email(given), "email").map(Filter::Email),
        Condition::MemberNumber(given) => {
            within(member_number(given), "member_number").map(Filter::MemberNumber)
        }
        Condition::SiteBound(bound) => Ok(Filter::SiteBound(*bound)),
    }
}

fn group(filters: &segment::Filters, field: &str) -> Result<Vec<Filter>, FilterError> {
    let filters = filters.filters.iter().enumerate();
    filters
        .map(|(place, filter)| within(parse(filter), &format!("{field}.filters[{place}]")))
        .collect()
}

fn tags(tags: &segment::Tags, field: &str) -> Result<Vec<TagRef>, FilterError> {
    let names = tags.tags.iter().enumerate();
    let names =
        names.map(|(place, name)| within(TagRef::name(name), &format!("{field}.tags[{place}]")));
    let ids = tags.tag_ids.iter().enumerate();
    let ids = ids.map(|(place, id)| within(TagRef::id(id), &format!("{field}.tag_ids[{place}]")));
    names.chain(ids).collect()
}

fn range(range: &segment::TimeRange, field: &str) -> Result<Range, FilterError> {
    let time = |given: &Option<Timestamp>, name: &str| match given {
        Some(timestamp) => match from_timestamp(Some(timestamp)) {
            Some(time) => Ok(Some(time)),
            None => Err(FilterError::here("TIME_INVALID", "is not a time")
                .within(&format!("{field}.{name}"))),
        },
        None => Ok(None),
    };
    let range = Range::try_new(time(&range.after, "after")?, time(&range.before, "before")?);
    range.map_err(|error| wrong_range(error).within(field))
}

pub(crate) fn wrong_range(error: RangeError) -> FilterError {
    let reason = match error {
        RangeError::Empty => "RANGE_EMPTY",
        RangeError::Reversed => "RANGE_REVERSED",
        RangeError::Year => "TIME_INVALID",
    };
    FilterError::here(reason, error.to_string())
}

fn status(status: i32) -> Result<StatusFilter, FilterError> {
    match SubscriptionStatus::try_from(status) {
        Ok(SubscriptionStatus::Subscribed) => Ok(StatusFilter::Subscribed),
        Ok(SubscriptionStatus::Unsubscribed) => Ok(StatusFilter::Unsubscribed),
        Ok(SubscriptionStatus::Blocked) => Ok(StatusFilter::Blocked),
        Ok(SubscriptionStatus::All) => Ok(StatusFilter::All),
        Ok(SubscriptionStatus::Unspecified) | Err(_) => {
            let message = "say SUBSCRIBED, UNSUBSCRIBED, BLOCKED or ALL";
            Err(FilterError::here("STATUS_INVALID", message).within("status"))
        }
    }
}

fn name(name: &segment::NameMatch) -> Result<NameMatch, FilterError> {
    let kind = match segment::NameMatchKind::try_from(name.kind) {
        Ok(segment::NameMatchKind::Unspecified) => NameKind::Whole,
        Ok(segment::NameMatchKind::Prefix) => NameKind::Prefix,
        Ok(segment::NameMatchKind::Contains) => NameKind::Contains,
        Err(_) => {
            let message = "say PREFIX or CONTAINS, or nothing for the whole name";
            return Err(FilterError::here("NAME_KIND_INVALID", message).within("name.kind"));
        }
    };
    within(NameMatch::try_new(&name.value, kind), "name.value")
}

fn within<T>(result: Result<T, FilterError>, field: &str) -> Result<T, FilterError> {
    result.map_err(|error| error.within(field))
}
