use winnow::stream::{Stateful, Stream as _};

use super::{
    conditions::condition,
    input::{Input, Met, Parsed, SyntaxError},
    words::{is_end, name, operator, peek_name, spaces, symbol},
};
use crate::Filter;

const A_CONDITION: &str = "a condition such as tag:vip";

pub(super) fn parse(text: &str) -> Parsed<Filter> {
    let mut input = Stateful {
        input: text,
        state: Met::default(),
    };
    spaces(&mut input)?;
    if is_end(&input) {
        return Ok(Filter::everyone());
    }
    let filter = expression(&mut input)?;
    if is_end(&input) {
        Ok(filter)
    } else {
        Err(SyntaxError::expected(&input, "AND, OR or the end"))
    }
}

/// Alternatives side by side, with or without AND between them.
fn expression(input: &mut Input<'_>) -> Parsed<Filter> {
    let mut filters = vec![alternatives(input)?];
    while !is_end(input) && !input.input.starts_with(')') {
        operator(input, "AND")?;
        filters.push(alternatives(input)?);
    }
    Ok(Filter::all_of(filters))
}

fn alternatives(input: &mut Input<'_>) -> Parsed<Filter> {
    let mut filters = vec![term(input)?];
    while operator(input, "OR")? {
        filters.push(term(input)?);
    }
    Ok(Filter::any_of(filters))
}

fn term(input: &mut Input<'_>) -> Parsed<Filter> {
    let negated = symbol(input, "-")? || operator(input, "NOT")?;
    let filter = if input.input.starts_with('(') {
        group(input)?
    } else {
        restriction(input)?
    };
    Ok(if negated {
        Filter::negation(filter)
    } else {
        filter
    })
}

fn group(input: &mut Input<'_>) -> Parsed<Filter> {
    let rest = input.eof_offset();
    input.state.open(rest)?;
    symbol(input, "(")?;
    let filter = expression(input)?;
    if !symbol(input, ")")? {
        let message = "this ( is not closed";
        return Err(SyntaxError::new(rest, "FILTER_SYNTAX", message));
    }
    input.state.close();
    Ok(filter)
}

fn restriction(input: &mut Input<'_>) -> Parsed<Filter> {
    let rest = input.eof_offset();
    input.state.condition(rest)?;
    match peek_name(input) {
        "" => Err(SyntaxError::expected(input, A_CONDITION)),
        operator @ ("AND" | "OR" | "NOT") => Err(SyntaxError::new(
            rest,
            "FILTER_SYNTAX",
            format!("expected {A_CONDITION}, found {operator}"),
        )),
        lower @ ("and" | "or" | "not") => Err(SyntaxError::new(
            rest,
            "FILTER_SYNTAX",
            format!("write {} in capital letters", lower.to_uppercase()),
        )),
        "everyone" => constant(input, Filter::everyone()),
        "nobody" => constant(input, Filter::Any(Vec::new())),
        _ => condition(input),
    }
}

fn constant(input: &mut Input<'_>, filter: Filter) -> Parsed<Filter> {
    name(input)?;
    spaces(input)?;
    Ok(filter)
}
