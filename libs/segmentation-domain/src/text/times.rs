use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};

use super::{
    conditions::Comparator,
    input::{Input, Parsed, SyntaxError},
    words::{Word, word},
};
use crate::{Filter, Range, from_proto::wrong_range};

const A_TIME: &str = "a date as 2026-01-31 or a time as 2026-01-31T08:00:00+08:00";

/// The moments that a value stands for: a day in UTC, or the smallest part of a second.
#[derive(Debug, Clone, Copy)]
struct Moments {
    from: DateTime<Utc>,
    /// `None`: after the end of time.
    until: Option<DateTime<Utc>>,
}

pub(super) fn time_condition(
    input: &mut Input<'_>,
    comparator: Comparator,
    of: impl Fn(Range) -> Filter,
) -> Parsed<Filter> {
    let word = word(input, A_TIME)?;
    let Moments { from, until } = moments(&word)?;
    let until = || {
        let late = || SyntaxError::new(word.rest, "TIME_INVALID", "is too late");
        until.ok_or_else(late).map(Some)
    };
    let (after, before) = match comparator {
        Comparator::Has | Comparator::Equal | Comparator::NotEqual => (Some(from), until()?),
        Comparator::AtLeast => (Some(from), None),
        Comparator::Greater => (until()?, None),
        Comparator::Less => (None, Some(from)),
        Comparator::AtMost => (None, until()?),
    };
    let range = Range::try_new(after, before)
        .map_err(|error| SyntaxError::value(word.rest, wrong_range(error)))?;
    Ok(if comparator == Comparator::NotEqual {
        Filter::negation(of(range))
    } else {
        of(range)
    })
}

fn moments(word: &Word) -> Parsed<Moments> {
    if let Ok(date) = word.text.parse::<NaiveDate>() {
        let from = date.and_time(NaiveTime::MIN).and_utc();
        return Ok(Moments {
            from,
            until: from.checked_add_signed(TimeDelta::days(1)),
        });
    }
    match DateTime::parse_from_rfc3339(&word.text) {
        Ok(at) => Ok(Moments {
            from: at.to_utc(),
            until: at.to_utc().checked_add_signed(Range::step()),
        }),
        Err(_) => Err(SyntaxError::new(
            word.rest,
            "TIME_INVALID",
            format!("expected {A_TIME}"),
        )),
    }
}

/// The conditions that [`time_condition`] reads as `range`, when all have to hold.
pub(super) fn print(field: &str, range: Range) -> Vec<String> {
    if let (Some(after), Some(before)) = (range.after(), range.before())
        && is_midnight(after)
        && before - after == TimeDelta::days(1)
    {
        return vec![format!("{field} = {}", time(after))];
    }
    let after = range.after().map(|at| format!("{field} >= {}", time(at)));
    let before = range.before().map(|at| format!("{field} < {}", time(at)));
    after.into_iter().chain(before).collect()
}

fn time(at: DateTime<Utc>) -> String {
    if is_midnight(at) {
        at.format("%Y-%m-%d").to_string()
    } else {
        at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }
}

fn is_midnight(at: DateTime<Utc>) -> bool {
    at.time() == NaiveTime::MIN
}
