use serde_json::{Map, Value, value::RawValue};

use super::{quick_replies, templates};
use crate::refusal::{Detail, Refusal};

const MESSAGES_MAX: usize = 5;
const TEXT_UNITS_MAX: usize = 5_000;
const URL_CHARS_MAX: usize = 2_000;

/// How many messages there are, after what is wrong with them has been added to `details`.
pub(crate) fn check(
    messages: Option<&RawValue>,
    details: &mut Vec<Detail>,
) -> Result<usize, Refusal> {
    let messages: Vec<Value> = match messages {
        Some(messages) => serde_json::from_str(messages.get())
            .map_err(|_| Refusal::invalid_property("messages"))?,
        None => Vec::new(),
    };
    if messages.is_empty() || messages.len() > MESSAGES_MAX {
        let message = format!("Size must be between 1 and {MESSAGES_MAX}");
        details.push(Detail::new("messages", message));
    }
    for (at, message) in messages.iter().enumerate() {
        let at = format!("messages[{at}]");
        match message {
            Value::Object(message) => check_one(&at, message, details)?,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => {
                return Err(Refusal::invalid_property(&at));
            }
        }
    }
    Ok(messages.len())
}

fn check_one(
    at: &str,
    message: &Map<String, Value>,
    details: &mut Vec<Detail>,
) -> Result<(), Refusal> {
    match message.get("type").and_then(Value::as_str) {
        Some("text") => {
            only(at, message, &["type", "text", "quickReply"])?;
            check_text(at, message.get("text"), details)?;
        }
        Some("image") => {
            let known = [
                "type",
                "originalContentUrl",
                "previewImageUrl",
                "quickReply",
            ];
            only(at, message, &known)?;
            check_url(at, "originalContentUrl", message, details)?;
            check_url(at, "previewImageUrl", message, details)?;
        }
        Some("template") => {
            only(at, message, &["type", "altText", "template", "quickReply"])?;
            templates::check(at, message, details)?;
        }
        None | Some("") => {
            details.push(Detail::new(format!("{at}.type"), "May not be empty"));
        }
        Some(_) => {
            let known = "Must be one of the following values: [text, image, template]";
            details.push(Detail::new(format!("{at}.type"), known));
        }
    }
    quick_replies::check(at, message.get("quickReply"), details)
}

pub(super) fn only(at: &str, message: &Map<String, Value>, known: &[&str]) -> Result<(), Refusal> {
    match message.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(Refusal::invalid_property(&format!("{at}.{unknown}"))),
        None => Ok(()),
    }
}

fn check_text(at: &str, text: Option<&Value>, details: &mut Vec<Detail>) -> Result<(), Refusal> {
    let property = format!("{at}.text");
    let text = string(&property, text)?;
    if text.is_empty() {
        details.push(Detail::new(property, "May not be empty"));
    } else if text.encode_utf16().count() > TEXT_UNITS_MAX {
        let message = format!("Length must be between 0 and {TEXT_UNITS_MAX}");
        details.push(Detail::new(property, message));
    }
    Ok(())
}

pub(super) fn check_url(
    at: &str,
    name: &str,
    message: &Map<String, Value>,
    details: &mut Vec<Detail>,
) -> Result<(), Refusal> {
    let property = format!("{at}.{name}");
    let url = string(&property, message.get(name))?;
    if url.is_empty() {
        details.push(Detail::new(property, "May not be empty"));
    } else if url.chars().count() > URL_CHARS_MAX {
        let message = format!("Length must be between 0 and {URL_CHARS_MAX}");
        details.push(Detail::new(property, message));
    } else if !is_https(url) {
        details.push(Detail::new(property, "Must be a valid HTTPS URL"));
    }
    Ok(())
}

/// Absent and null are as good as empty; any other type is refused outright.
pub(super) fn string<'a>(property: &str, value: Option<&'a Value>) -> Result<&'a str, Refusal> {
    match value {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(Refusal::invalid_property(property))
        }
    }
}

/// LINE wants what is not ASCII percent-encoded.
fn is_https(url: &str) -> bool {
    url.strip_prefix("https://").is_some_and(|rest| {
        rest.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '[')
            && rest.bytes().all(|b| b.is_ascii_graphic())
    })
}
