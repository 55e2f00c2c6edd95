use serde_json::{Map, Value};

use super::error::GraphError;

/// An object and what it is called, for the words of a refusal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape<'a> {
    pub(crate) name: &'a str,
    pub(crate) map: &'a Map<String, Value>,
}

impl<'a> Shape<'a> {
    pub(crate) fn of(name: &'a str, value: &'a Value) -> Result<Self, GraphError> {
        let map = value
            .as_object()
            .ok_or_else(|| GraphError::invalid(format!("Param {name} must be a JSON object.")))?;
        Ok(Self { name, map })
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.get(key).and_then(Value::as_str)
    }

    pub(crate) fn array(&self, key: &str) -> &'a [Value] {
        self.get(key)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// A string of at most so many characters that has to be there.
    pub(crate) fn need(&self, key: &str, max: usize) -> Result<&'a str, GraphError> {
        let text = self.text(key).filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| {
            GraphError::invalid(format!("Param {}[{key}] must be a string.", self.name))
        })?;
        self.within(key, text, max)?;
        Ok(text)
    }

    /// A string of at most so many characters, if it is there at all.
    pub(crate) fn may(&self, key: &str, max: usize) -> Result<Option<&'a str>, GraphError> {
        if self.get(key).is_none() {
            return Ok(None);
        }
        self.need(key, max).map(Some)
    }

    fn within(&self, key: &str, text: &str, max: usize) -> Result<(), GraphError> {
        let length = text.chars().count();
        if length <= max {
            return Ok(());
        }
        Err(GraphError::invalid(format!(
            "Length of param {}[{key}] must be less than or equal to {max}; {length} given.",
            self.name
        )))
    }
}

/// No key but these.
pub(crate) fn only(shape: Shape<'_>, keys: &[&str]) -> Result<(), GraphError> {
    match shape.map.keys().find(|key| !keys.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(GraphError::invalid(format!(
            "Invalid keys \"{key}\" were found in param \"{}\".",
            shape.name
        ))
        .details(format!(
            "Unexpected key \"{key}\" on param \"{}\".",
            shape.name
        ))),
    }
}

pub(crate) fn text_of(value: &Value, key: &str) -> String {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
