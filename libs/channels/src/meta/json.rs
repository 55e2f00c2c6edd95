//! Reading what Meta writes: ids and times come as numbers or as strings.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// An object, read as a struct. An array is none, though serde would take it for one.
pub(crate) fn object<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    if !raw.get().starts_with('{') {
        return None;
    }
    serde_json::from_str(raw.get()).ok()
}

pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What is not empty.
pub(crate) fn text_at(value: &Value, pointer: &str) -> Option<String> {
    text(value.pointer(pointer)?).filter(|text| !text.is_empty())
}

pub(crate) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// WhatsApp tells seconds, Messenger milliseconds.
pub(crate) fn seconds_as_ms(value: &Value) -> Option<i64> {
    number(value)?.checked_mul(1_000)
}
