use serde_json::{Value, value::RawValue};

use crate::refusal::{Detail, Refusal};

const NAME_CHARS_MAX: usize = 30;

/// The one name under which LINE adds up a broadcast's statistics, if there is one.
pub(crate) fn check(
    units: Option<&RawValue>,
    details: &mut Vec<Detail>,
) -> Result<Option<String>, Refusal> {
    let Some(units) = units else { return Ok(None) };
    let names: Vec<Value> = serde_json::from_str(units.get())
        .map_err(|_| Refusal::invalid_property("customAggregationUnits"))?;
    if names.len() > 1 {
        let message = "Size must be between 0 and 1";
        details.push(Detail::new("customAggregationUnits", message));
    }
    for (at, name) in names.iter().enumerate() {
        if !name.as_str().is_some_and(is_name) {
            let property = format!("customAggregationUnits[{at}]");
            let message = "Must match the following pattern: ^[a-zA-Z0-9_]{1,30}$";
            details.push(Detail::new(property, message));
        }
    }
    Ok(names.first().and_then(Value::as_str).map(str::to_owned))
}

fn is_name(name: &str) -> bool {
    (1..=NAME_CHARS_MAX).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
