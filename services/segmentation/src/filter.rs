use chrono::{DateTime, Utc};
use events::{
    from_timestamp,
    segment::{Filter, Filters, SubscriptionStatus, Tags, TimeRange, filter::Condition},
};

const DEPTH_MAX: usize = 10;
const FILTERS_MAX: usize = 50;
/// In all: a statement has 65,535 arguments at most, and a condition needs up to two.
const CONDITIONS_MAX: usize = 1_000;
const TAGS_MAX: usize = 100;
const TAG_CHARS_MAX: usize = 50;

/// A filter that makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// An empty `All` is everyone, an empty `Any` nobody.
    All(Vec<Segment>),
    Any(Vec<Segment>),
    Not(Box<Segment>),
    HasAnyTag(Vec<String>),
    HasAllTags(Vec<String>),
    HasNoTag(Vec<String>),
    /// A contact without such a time is in no range.
    LastInteraction(Range),
    SubscribedAt(Range),
    /// The number of a `SubscriptionStatus`.
    Status(i16),
}

/// From `after` (inclusive) to `before` (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub after: Option<DateTime<Utc>>,
    pub before: Option<DateTime<Utc>>,
}

/// What is wrong with a filter, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// For example `filter.all.filters[1].has_any_tag.tags`.
    pub field: String,
    pub message: &'static str,
}

/// Reads a filter; none at all is everyone.
pub fn parse_filter(filter: Option<&Filter>) -> Result<Segment, FilterError> {
    let segment = match filter {
        Some(filter) => parse(filter, "filter", 0)?,
        None => Segment::All(Vec::new()),
    };
    if segment.conditions() > CONDITIONS_MAX {
        return Err(error("filter", "more than 1000 conditions in all"));
    }
    Ok(segment)
}

impl Segment {
    fn conditions(&self) -> usize {
        match self {
            Self::All(segments) | Self::Any(segments) => {
                1 + segments.iter().map(Self::conditions).sum::<usize>()
            }
            Self::Not(segment) => 1 + segment.conditions(),
            Self::HasAnyTag(_)
            | Self::HasAllTags(_)
            | Self::HasNoTag(_)
            | Self::LastInteraction(_)
            | Self::SubscribedAt(_)
            | Self::Status(_) => 1,
        }
    }
}

fn parse(filter: &Filter, field: &str, depth: usize) -> Result<Segment, FilterError> {
    if depth > DEPTH_MAX {
        return Err(error(field, "filters are nested more than 10 deep"));
    }
    let Some(condition) = &filter.condition else {
        return Ok(Segment::All(Vec::new()));
    };
    let at = |name: &str| format!("{field}.{name}");
    match condition {
        Condition::All(filters) => Ok(Segment::All(parse_all(filters, &at("all"), depth)?)),
        Condition::Any(filters) => Ok(Segment::Any(parse_all(filters, &at("any"), depth)?)),
        Condition::Not(filter) => Ok(Segment::Not(Box::new(parse(
            filter,
            &at("not"),
            depth + 1,
        )?))),
        Condition::HasAnyTag(given) => Ok(Segment::HasAnyTag(tags(given, &at("has_any_tag"))?)),
        Condition::HasAllTags(given) => Ok(Segment::HasAllTags(tags(given, &at("has_all_tags"))?)),
        Condition::HasNoTag(given) => Ok(Segment::HasNoTag(tags(given, &at("has_no_tag"))?)),
        Condition::LastInteraction(given) => Ok(Segment::LastInteraction(range(
            given,
            &at("last_interaction"),
        )?)),
        Condition::SubscribedAt(given) => {
            Ok(Segment::SubscribedAt(range(given, &at("subscribed_at"))?))
        }
        Condition::Status(status) => match SubscriptionStatus::try_from(*status) {
            Ok(SubscriptionStatus::Unspecified) | Err(_) => Err(error(
                &at("status"),
                "say SUBSCRIBED, UNSUBSCRIBED or BLOCKED",
            )),
            Ok(
                SubscriptionStatus::Subscribed
                | SubscriptionStatus::Unsubscribed
                | SubscriptionStatus::Blocked,
            ) => Ok(Segment::Status(i16::try_from(*status).unwrap_or_default())),
        },
    }
}

fn parse_all(filters: &Filters, field: &str, depth: usize) -> Result<Vec<Segment>, FilterError> {
    let field = format!("{field}.filters");
    if filters.filters.len() > FILTERS_MAX {
        return Err(error(&field, "more than 50 filters"));
    }
    filters
        .filters
        .iter()
        .enumerate()
        .map(|(place, filter)| parse(filter, &format!("{field}[{place}]"), depth + 1))
        .collect()
}

fn tags(tags: &Tags, field: &str) -> Result<Vec<String>, FilterError> {
    let field = format!("{field}.tags");
    if tags.tags.is_empty() || tags.tags.len() > TAGS_MAX {
        return Err(error(&field, "give 1 to 100 tags"));
    }
    let wrong =
        |tag: &String| tag.is_empty() || tag.chars().count() > TAG_CHARS_MAX || tag.contains('\0');
    if tags.tags.iter().any(wrong) {
        return Err(error(&field, "a tag has 1 to 50 characters"));
    }
    Ok(tags.tags.clone())
}

fn range(range: &TimeRange, field: &str) -> Result<Range, FilterError> {
    let time = |given: &Option<_>, name: &str| match given {
        Some(timestamp) => from_timestamp(Some(timestamp))
            .map(Some)
            .ok_or_else(|| error(&format!("{field}.{name}"), "is not a time")),
        None => Ok(None),
    };
    let range = Range {
        after: time(&range.after, "after")?,
        before: time(&range.before, "before")?,
    };
    match (range.after, range.before) {
        (None, None) => Err(error(field, "give after, before or both")),
        (Some(after), Some(before)) if after >= before => {
            Err(error(field, "`after` has to be earlier than `before`"))
        }
        (Some(_), _) | (None, Some(_)) => Ok(range),
    }
}

fn error(field: &str, message: &'static str) -> FilterError {
    FilterError {
        field: field.to_owned(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(condition: Condition) -> Filter {
        Filter {
            condition: Some(condition),
        }
    }

    fn refused(filter: &Filter) -> String {
        parse_filter(Some(filter)).unwrap_err().field
    }

    #[test]
    fn no_filter_is_everyone() {
        assert_eq!(parse_filter(None), Ok(Segment::All(vec![])));
        assert_eq!(
            parse_filter(Some(&Filter::default())),
            Ok(Segment::All(vec![]))
        );
    }

    #[test]
    fn a_wrong_filter_is_named_by_its_place() {
        let tags = filter(Condition::HasAnyTag(Tags::default()));
        let filters = vec![Filter::default(), tags];
        let nested = filter(Condition::All(Filters { filters }));
        assert_eq!(refused(&nested), "filter.all.filters[1].has_any_tag.tags");
        let range = filter(Condition::LastInteraction(TimeRange::default()));
        assert_eq!(
            refused(&filter(Condition::Not(Box::new(range)))),
            "filter.not.last_interaction"
        );
        assert_eq!(refused(&filter(Condition::Status(0))), "filter.status");
        assert_eq!(refused(&filter(Condition::Status(77))), "filter.status");
    }

    #[test]
    fn nesting_has_an_end() {
        let nest = |depth| {
            (0..depth).fold(Filter::default(), |inner, _| {
                filter(Condition::Not(Box::new(inner)))
            })
        };
        assert!(parse_filter(Some(&nest(DEPTH_MAX))).is_ok());
        assert!(parse_filter(Some(&nest(DEPTH_MAX + 1))).is_err());
    }

    #[test]
    fn a_filter_is_no_larger_than_a_statement_can_be() {
        let of = |filters| filter(Condition::Any(Filters { filters }));
        let status = filter(Condition::Status(SubscriptionStatus::Blocked.into()));
        let many = of(vec![status; FILTERS_MAX]);
        assert!(parse_filter(Some(&of(vec![many.clone(); 19]))).is_ok());
        assert_eq!(refused(&of(vec![many; 20])), "filter");
    }

    #[test]
    fn a_list_of_filters_has_an_end() {
        let of = |count| {
            let filters = vec![Filter::default(); count];
            filter(Condition::All(Filters { filters }))
        };
        assert!(parse_filter(Some(&of(FILTERS_MAX))).is_ok());
        assert_eq!(refused(&of(FILTERS_MAX + 1)), "filter.all.filters");
    }

    #[test]
    fn there_are_1_to_100_tags_of_1_to_50_characters() {
        let of = |tags| filter(Condition::HasNoTag(Tags { tags }));
        let tag = |characters| "標".repeat(characters);
        assert!(parse_filter(Some(&of(vec![tag(TAG_CHARS_MAX); TAGS_MAX]))).is_ok());
        for wrong in [
            vec![],
            vec![tag(1); TAGS_MAX + 1],
            vec![tag(0)],
            vec![tag(TAG_CHARS_MAX + 1)],
            vec!["a\0".to_owned()],
        ] {
            assert_eq!(refused(&of(wrong)), "filter.has_no_tag.tags");
        }
    }

    #[test]
    fn a_range_ends_after_it_begins() {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let range = |after, before| filter(Condition::SubscribedAt(TimeRange { after, before }));
        assert!(parse_filter(Some(&range(at(1), at(2)))).is_ok());
        assert!(parse_filter(Some(&range(at(2), at(2)))).is_err());
    }
}
