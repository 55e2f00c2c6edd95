use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{messages, recipients, unit};
use crate::{
    refusal::{Detail, Refusal},
    user_id::UserId,
};

/// A send that LINE would look at: well formed, and not yet accepted.
#[derive(Debug)]
pub(crate) struct SendRequest<'a> {
    pub(crate) to: Vec<UserId>,
    pub(crate) messages: &'a str,
    pub(crate) messages_count: usize,
    pub(crate) unit: Option<String>,
}

pub(crate) fn push(body: &[u8]) -> Result<SendRequest<'_>, Refusal> {
    send(body, |to| recipients::one(to).map(|user| vec![user]))
}

pub(crate) fn multicast(body: &[u8]) -> Result<SendRequest<'_>, Refusal> {
    send(body, recipients::many)
}

/// The validation endpoints look at `messages` alone.
pub(crate) fn validate(body: &[u8]) -> Result<(), Refusal> {
    let properties = parse(body)?;
    properties.only(&["messages"])?;
    let mut details = Vec::new();
    messages::check(properties.get("messages"), &mut details)?;
    refuse(details)
}

fn send(
    body: &[u8],
    recipients: impl Fn(&RawValue) -> Result<Vec<UserId>, Refusal>,
) -> Result<SendRequest<'_>, Refusal> {
    let properties = parse(body)?;
    properties.only(&[
        "to",
        "messages",
        "notificationDisabled",
        "customAggregationUnits",
    ])?;

    let mut details = Vec::new();
    let to = properties.get("to");
    if to.is_none() {
        details.push(Detail::new("to", "May not be empty"));
    }
    let messages_count = messages::check(properties.get("messages"), &mut details)?;
    let unit = unit::check(properties.get("customAggregationUnits"), &mut details)?;
    check_flag(&properties)?;
    refuse(details)?;

    let to = to.ok_or_else(|| Refusal::invalid_property("to"))?;
    Ok(SendRequest {
        to: recipients(to)?,
        messages: properties.get("messages").map_or("", RawValue::get),
        messages_count,
        unit,
    })
}

fn check_flag(properties: &Properties<'_>) -> Result<(), Refusal> {
    match properties.get("notificationDisabled").map(RawValue::get) {
        None | Some("true" | "false") => Ok(()),
        Some(_) => Err(Refusal::invalid_property("notificationDisabled")),
    }
}

fn refuse(details: Vec<Detail>) -> Result<(), Refusal> {
    if details.is_empty() {
        return Ok(());
    }
    Err(Refusal::details(details))
}

fn parse(body: &[u8]) -> Result<Properties<'_>, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        Refusal::bad_request(format!(
            "The request body could not be parsed as JSON (line: {}, column: {})",
            error.line(),
            error.column()
        ))
    })
}

/// The body's properties, each still as it was written.
struct Properties<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Properties<'a> {
    fn get(&self, name: &str) -> Option<&'a RawValue> {
        let (_, value) = self.0.iter().find(|(property, _)| property == name)?;
        Some(value)
    }

    /// Refuses a property that is not known, and one that is given twice.
    fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        for (at, (name, _)) in self.0.iter().enumerate() {
            let seen = self.0.iter().take(at).any(|(earlier, _)| earlier == name);
            if seen || !known.contains(&name.as_str()) {
                return Err(Refusal::invalid_property(name));
            }
        }
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Properties<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PropertiesVisitor)
    }
}

struct PropertiesVisitor;

impl<'de> Visitor<'de> for PropertiesVisitor {
    type Value = Properties<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut properties = Vec::with_capacity(4);
        while let Some(property) = map.next_entry()? {
            properties.push(property);
        }
        Ok(Properties(properties))
    }
}
