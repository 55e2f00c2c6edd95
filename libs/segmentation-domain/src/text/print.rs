use super::{
    tags::{self, escape, print_word},
    times,
};
use crate::{Filter, NameKind, NameMatch, StatusFilter, TagRef};

/// The text of a canonical filter.
pub(super) fn print(filter: &Filter) -> String {
    match filter {
        Filter::All(filters) if filters.is_empty() => "everyone".to_owned(),
        Filter::Any(filters) if filters.is_empty() => "nobody".to_owned(),
        Filter::All(filters) => {
            let parts: Vec<String> = filters.iter().flat_map(part_of_all).collect();
            parts.join(" AND ")
        }
        Filter::Any(filters) => join(filters.iter().map(term), " OR "),
        Filter::Not(filter) if is_negation(filter) => format!("NOT ({})", print(filter)),
        Filter::Not(filter) => format!("NOT {}", term(filter)),
        Filter::HasAnyTag(given) => format!("tag:{}", print_tags(given, " OR ")),
        Filter::HasAllTags(given) => format!("tag:{}", print_tags(given, " AND ")),
        Filter::HasNoTag(given) => format!("NOT tag:{}", print_tags(given, " OR ")),
        Filter::LastInteraction(_) | Filter::SubscribedAt(_) => {
            join(part_of_all(filter).into_iter(), " AND ")
        }
        Filter::Status(status) => format!("status = {}", print_status(*status)),
        Filter::Name(name) => print_name(name),
        Filter::Phone(phone) => format!("phone = {}", print_word(phone)),
        Filter::Email(email) => format!("email = {}", print_word(email)),
        Filter::MemberNumber(number) => format!("member = {}", print_word(number)),
        Filter::SiteBound(bound) => format!("site_bound = {bound}"),
    }
}

/// As one of several that all have to hold: a range may be two of them.
fn part_of_all(filter: &Filter) -> Vec<String> {
    match filter {
        Filter::LastInteraction(range) => times::print("last_interaction", *range),
        Filter::SubscribedAt(range) => times::print("subscribed_at", *range),
        Filter::All(_)
        | Filter::Any(_)
        | Filter::Not(_)
        | Filter::HasAnyTag(_)
        | Filter::HasAllTags(_)
        | Filter::HasNoTag(_)
        | Filter::Status(_)
        | Filter::Name(_)
        | Filter::Phone(_)
        | Filter::Email(_)
        | Filter::MemberNumber(_)
        | Filter::SiteBound(_) => vec![term(filter)],
    }
}

/// As one term, in parentheses if it would not be one.
fn term(filter: &Filter) -> String {
    let printed = print(filter);
    let is_term = match filter {
        Filter::All(filters) | Filter::Any(filters) => filters.is_empty(),
        Filter::LastInteraction(_) | Filter::SubscribedAt(_) => part_of_all(filter).len() == 1,
        Filter::Not(_)
        | Filter::HasAnyTag(_)
        | Filter::HasAllTags(_)
        | Filter::HasNoTag(_)
        | Filter::Status(_)
        | Filter::Name(_)
        | Filter::Phone(_)
        | Filter::Email(_)
        | Filter::MemberNumber(_)
        | Filter::SiteBound(_) => true,
    };
    if is_term {
        printed
    } else {
        format!("({printed})")
    }
}

/// Whether its text begins with NOT, which does not stand twice.
fn is_negation(filter: &Filter) -> bool {
    matches!(filter, Filter::Not(_) | Filter::HasNoTag(_))
}

fn join(parts: impl Iterator<Item = String>, joint: &str) -> String {
    parts.collect::<Vec<_>>().join(joint)
}

fn print_tags(given: &[TagRef], joint: &str) -> String {
    match given {
        [tag] => tags::print(tag),
        several => format!("({})", join(several.iter().map(tags::print), joint)),
    }
}

fn print_status(status: StatusFilter) -> &'static str {
    match status {
        StatusFilter::Subscribed => "subscribed",
        StatusFilter::Unsubscribed => "unsubscribed",
        StatusFilter::Blocked => "blocked",
        StatusFilter::All => "all",
    }
}

fn print_name(name: &NameMatch) -> String {
    let value = escape(name.value()).replace('*', r"\*");
    match name.kind() {
        NameKind::Whole => format!("name = \"{value}\""),
        NameKind::Prefix => format!("name = \"{value}*\""),
        NameKind::Contains => format!("name : \"{value}\""),
    }
}
