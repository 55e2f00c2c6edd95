use winnow::stream::Stream as _;

use super::{
    input::{Input, Parsed, SyntaxError},
    words::{OPERATORS, is_end, operator, symbol, word},
};
use crate::{Filter, TagRef, check::TAGS_MAX};

const A_TAG: &str = "a tag";

/// One tag, or several in parentheses.
pub(super) fn tags(input: &mut Input<'_>) -> Parsed<Filter> {
    let rest = input.eof_offset();
    if !symbol(input, "(")? {
        return Ok(Filter::HasAnyTag(vec![tag(input)?]));
    }
    let (mut tags, joint) = list(input, rest)?;
    // As protobuf has them: the names, then the ids.
    tags.sort_by_key(|tag| matches!(tag, TagRef::Id(_)));
    Ok(match joint {
        Joint::And if tags.len() > 1 => Filter::HasAllTags(tags),
        Joint::And | Joint::Or => Filter::HasAnyTag(tags),
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    And,
    Or,
}

fn list(input: &mut Input<'_>, rest: usize) -> Parsed<(Vec<TagRef>, Joint)> {
    let mut tags = vec![tag(input)?];
    let mut joint = None;
    while !symbol(input, ")")? {
        if is_end(input) {
            let message = "this ( is not closed";
            return Err(SyntaxError::new(rest, "FILTER_SYNTAX", message));
        }
        let at = input.eof_offset();
        let next = if operator(input, "OR")? {
            Joint::Or
        } else {
            operator(input, "AND")?;
            Joint::And
        };
        if *joint.get_or_insert(next) != next {
            let message = "tags in parentheses are joined by OR or by AND, not by both";
            return Err(SyntaxError::new(at, "FILTER_SYNTAX", message));
        }
        tags.push(tag(input)?);
        if tags.len() > TAGS_MAX {
            let message = format!("there are more than {TAGS_MAX} tags in these parentheses");
            return Err(SyntaxError::new(rest, "TAGS_COUNT", message));
        }
    }
    Ok((tags, joint.unwrap_or(Joint::Or)))
}

fn tag(input: &mut Input<'_>) -> Parsed<TagRef> {
    if input.input.starts_with("id(") {
        return id(input);
    }
    let word = word(input, A_TAG)?.without_star(A_TAG)?;
    TagRef::name(&word.text).map_err(|error| SyntaxError::value(word.rest, error))
}

fn id(input: &mut Input<'_>) -> Parsed<TagRef> {
    symbol(input, "id(")?;
    let word = word(input, "the id of a tag")?;
    if !symbol(input, ")")? {
        return Err(SyntaxError::expected(input, "a )"));
    }
    TagRef::id(&word.text).map_err(|error| SyntaxError::value(word.rest, error))
}

/// A tag as [`tag`] reads it.
pub(super) fn print(tag: &TagRef) -> String {
    match tag {
        TagRef::Id(id) => format!("id({id})"),
        TagRef::Name(name) => print_word(name),
    }
}

/// A value that is compared as a whole: in quotes, unless it is a plain word.
pub(super) fn print_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-.@+/".contains(c);
    let is_plain = text.chars().all(plain) && !text.is_empty() && !text.starts_with('-');
    if is_plain && !OPERATORS.contains(&text) {
        text.to_owned()
    } else {
        format!("\"{}\"", escape(text))
    }
}

pub(super) fn escape(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', r#"\""#)
}
