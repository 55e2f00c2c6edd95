use winnow::stream::Stream as _;

use super::{
    input::{Input, Parsed, SyntaxError},
    tags,
    times::time_condition,
    words::{Word, name, spaces, symbol, word},
};
use crate::{
    Filter, FilterError, NameKind, NameMatch, Range, StatusFilter,
    conditions::{email, member_number, phone},
};

const FIELDS: &str =
    "tag, name, phone, email, member, last_interaction, subscribed_at, status or site_bound";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparator {
    Has,
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// A field, a comparator and a value.
pub(super) fn condition(input: &mut Input<'_>) -> Parsed<Filter> {
    let rest = input.eof_offset();
    let field = name(input)?;
    spaces(input)?;
    match field {
        "tag" => negatable(input, |input, _| tags::tags(input)),
        "name" => negatable(input, full_name),
        "phone" => negatable(input, |input, _| {
            Ok(Filter::Phone(text(input, "a phone number", phone)?))
        }),
        "email" => negatable(input, |input, _| {
            Ok(Filter::Email(text(input, "an e-mail address", email)?))
        }),
        "member" => negatable(input, |input, _| {
            Ok(Filter::MemberNumber(text(
                input,
                "a member number",
                member_number,
            )?))
        }),
        "status" => negatable(input, |input, _| status(input)),
        "site_bound" => negatable(input, |input, _| site_bound(input)),
        "last_interaction" => timed(input, Filter::LastInteraction),
        "subscribed_at" => timed(input, Filter::SubscribedAt),
        unknown => {
            let message = format!("{unknown:?} is no field; use {FIELDS}");
            Err(SyntaxError::new(rest, "FIELD_UNKNOWN", message))
        }
    }
}

fn comparator(input: &mut Input<'_>) -> Parsed<Comparator> {
    let all = [
        (":", Comparator::Has),
        ("=", Comparator::Equal),
        ("!=", Comparator::NotEqual),
        // Before those that they begin with.
        ("<=", Comparator::AtMost),
        ("<", Comparator::Less),
        (">=", Comparator::AtLeast),
        (">", Comparator::Greater),
    ];
    for (sign, comparator) in all {
        if symbol(input, sign)? {
            return Ok(comparator);
        }
    }
    Err(SyntaxError::expected(input, "a comparator such as : or ="))
}

/// A condition that is true of one value, with `:`, `=` or `!=`.
fn negatable<'a>(
    input: &mut Input<'a>,
    value: impl FnOnce(&mut Input<'a>, Comparator) -> Parsed<Filter>,
) -> Parsed<Filter> {
    let before = *input;
    match comparator(input)? {
        comparator @ (Comparator::Has | Comparator::Equal) => value(input, comparator),
        Comparator::NotEqual => Ok(Filter::negation(value(input, Comparator::Equal)?)),
        Comparator::Less | Comparator::AtMost | Comparator::Greater | Comparator::AtLeast => {
            Err(SyntaxError::expected(&before, ":, = or !="))
        }
    }
}

fn timed(input: &mut Input<'_>, of: impl Fn(Range) -> Filter) -> Parsed<Filter> {
    let comparator = comparator(input)?;
    time_condition(input, comparator, of)
}

fn text(
    input: &mut Input<'_>,
    what: &str,
    parse: impl FnOnce(&str) -> Result<String, FilterError>,
) -> Parsed<String> {
    let word = word(input, what)?.without_star(what)?;
    parse(&word.text).map_err(|error| SyntaxError::value(word.rest, error))
}

fn full_name(input: &mut Input<'_>, comparator: Comparator) -> Parsed<Filter> {
    let word = word(input, "a name")?;
    let (value, kind) = pattern(&word, comparator)?;
    let name = NameMatch::try_new(value, kind);
    name.map(Filter::Name)
        .map_err(|error| SyntaxError::value(word.rest, error))
}

fn pattern(word: &Word, comparator: Comparator) -> Parsed<(&str, NameKind)> {
    let text = word.text.as_str();
    let last = text.len().saturating_sub(1);
    match word.stars.as_slice() {
        [] if comparator == Comparator::Has => Ok((text, NameKind::Contains)),
        [] => Ok((text, NameKind::Whole)),
        [end] if *end == last => Ok((&text[..last], NameKind::Prefix)),
        [0, end] if *end == last => Ok((&text[1..last], NameKind::Contains)),
        _ => Err(SyntaxError::new(
            word.rest,
            "FILTER_SYNTAX",
            r"a star stands at the end, or at both ends; write `\*` in quotes for a star itself",
        )),
    }
}

fn status(input: &mut Input<'_>) -> Parsed<Filter> {
    let what = "subscribed, unsubscribed, blocked or all";
    let word = word(input, what)?;
    let status = match word.text.to_ascii_lowercase().as_str() {
        "subscribed" => StatusFilter::Subscribed,
        "unsubscribed" => StatusFilter::Unsubscribed,
        "blocked" => StatusFilter::Blocked,
        "all" => StatusFilter::All,
        _ => {
            let message = format!("expected {what}");
            return Err(SyntaxError::new(word.rest, "STATUS_INVALID", message));
        }
    };
    Ok(Filter::Status(status))
}

fn site_bound(input: &mut Input<'_>) -> Parsed<Filter> {
    let word = word(input, "true or false")?;
    match word.text.to_ascii_lowercase().as_str() {
        "true" => Ok(Filter::SiteBound(true)),
        "false" => Ok(Filter::SiteBound(false)),
        _ => Err(SyntaxError::new(
            word.rest,
            "FILTER_SYNTAX",
            "expected true or false",
        )),
    }
}
