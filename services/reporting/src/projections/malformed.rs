use std::error::Error;

use chrono::{DateTime, Datelike as _, SubsecRound as _, Utc};
use event_bus::HandlerError;
use prost_types::Timestamp;

/// An event that its writer would never have written. It stops its partition.
#[derive(Debug, thiserror::Error)]
#[error("the event's {field} is not usable")]
struct Malformed {
    field: &'static str,
    #[source]
    why: Box<dyn Error + Send + Sync>,
}

pub(crate) fn malformed(
    field: &'static str,
    why: impl Into<Box<dyn Error + Send + Sync>>,
) -> HandlerError {
    let why = why.into();
    HandlerError::permanent(Malformed { field, why })
}

/// A time that every event of its kind has, as exact as Postgres keeps it. In the years 1 to 9999.
pub(crate) fn time(
    field: &'static str,
    at: Option<&Timestamp>,
) -> Result<DateTime<Utc>, HandlerError> {
    events::from_timestamp(at)
        .filter(|at| (1..=9999).contains(&at.year()))
        .map(|at| at.trunc_subsecs(6))
        .ok_or_else(|| malformed(field, "no time that can be told"))
}

/// Text that Postgres can hold. It would refuse the rest again and again.
pub(crate) fn text(field: &'static str, value: String) -> Result<String, HandlerError> {
    if value.contains('\0') {
        return Err(malformed(field, "it has a character 0"));
    }
    Ok(value)
}

/// A count or an index, in the type that Postgres has for it.
pub(crate) fn integer(field: &'static str, value: impl TryInto<i32>) -> Result<i32, HandlerError> {
    value.try_into().map_err(|_| malformed(field, "too large"))
}

/// The number of an enum's value. One that is not known here yet is kept as it is.
pub(crate) fn number(field: &'static str, value: i32) -> Result<i16, HandlerError> {
    i16::try_from(value).map_err(|error| malformed(field, error))
}

/// Ids one after the other, with none torn.
pub(crate) fn joined_ids(field: &'static str, bytes: &[u8]) -> Result<(), HandlerError> {
    match bytes.len() % 16 {
        0 => Ok(()),
        rest => Err(malformed(field, format!("{rest} bytes too many"))),
    }
}
