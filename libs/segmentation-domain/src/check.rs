use crate::{Filter, FilterError, TagRef};

/// How deep filters nest.
const DEPTH_MAX: usize = 10;
/// In one group.
const FILTERS_MAX: usize = 50;
/// In all: a statement has 65,535 arguments at most, and a condition needs up to two.
const CONDITIONS_MAX: usize = 1_000;
/// In one condition.
pub(crate) const TAGS_MAX: usize = 100;

/// Refuses a filter that is larger than the limits.
pub(crate) fn check(filter: &Filter<TagRef>) -> Result<(), FilterError> {
    if conditions(filter, 0)? > CONDITIONS_MAX {
        return Err(FilterError::here(
            "TOO_MANY_CONDITIONS",
            format!("has more than {CONDITIONS_MAX} conditions in all"),
        ));
    }
    Ok(())
}

fn conditions(filter: &Filter<TagRef>, depth: usize) -> Result<usize, FilterError> {
    if depth > DEPTH_MAX {
        return Err(FilterError::here(
            "NESTED_TOO_DEEP",
            format!("is nested more than {DEPTH_MAX} deep"),
        ));
    }
    match filter {
        Filter::All(filters) => group(filters, "all", depth),
        Filter::Any(filters) => group(filters, "any", depth),
        Filter::Not(filter) => {
            let within = conditions(filter, depth + 1).map_err(|error| error.within("not"))?;
            Ok(1 + within)
        }
        Filter::HasAnyTag(given) => tags(given, "has_any_tag"),
        Filter::HasAllTags(given) => tags(given, "has_all_tags"),
        Filter::HasNoTag(given) => tags(given, "has_no_tag"),
        Filter::LastInteraction(_)
        | Filter::SubscribedAt(_)
        | Filter::Status(_)
        | Filter::Name(_)
        | Filter::Phone(_)
        | Filter::Email(_)
        | Filter::MemberNumber(_)
        | Filter::SiteBound(_) => Ok(1),
    }
}

fn group(filters: &[Filter<TagRef>], field: &str, depth: usize) -> Result<usize, FilterError> {
    if filters.len() > FILTERS_MAX {
        let message = format!("has more than {FILTERS_MAX} filters in one group");
        let error = FilterError::here("TOO_MANY_FILTERS", message);
        return Err(error.within(&format!("{field}.filters")));
    }
    let mut sum = 1;
    for (place, filter) in filters.iter().enumerate() {
        sum += conditions(filter, depth + 1)
            .map_err(|error| error.within(&format!("{field}.filters[{place}]")))?;
    }
    Ok(sum)
}

fn tags(tags: &[TagRef], field: &str) -> Result<usize, FilterError> {
    if tags.is_empty() || tags.len() > TAGS_MAX {
        let message = format!("give 1 to {TAGS_MAX} tags");
        return Err(FilterError::here("TAGS_COUNT", message).within(&format!("{field}.tags")));
    }
    Ok(1)
}
