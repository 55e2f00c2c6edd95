//! Buttons and carousels, and the actions in them.

use serde_json::{Map, Value};
use unicode_segmentation::UnicodeSegmentation as _;

use super::messages::{check_url, only, string};
use crate::refusal::{Detail, Refusal};

const ALT_TEXT_UNITS_MAX: usize = 1_500;
const TITLE_MAX: usize = 40;
const BESIDE_MAX: usize = 60;
const COLUMNS_MAX: usize = 10;
const LABEL_MAX: usize = 20;
const DATA_UNITS_MAX: usize = 300;
const URI_CHARS_MAX: usize = 1_000;
const SCHEMES: [&str; 4] = ["http://", "https://", "line://", "tel:"];

/// What one picture with a text and actions may hold.
#[derive(Clone, Copy)]
struct Limits {
    text: usize,
    actions: usize,
}

const BUTTONS: Limits = Limits {
    text: 160,
    actions: 4,
};
const COLUMN: Limits = Limits {
    text: 120,
    actions: 3,
};

pub(super) fn check(
    at: &str,
    message: &Map<String, Value>,
    details: &mut Vec<Detail>,
) -> Result<(), Refusal> {
    let alt_text = string(&format!("{at}.altText"), message.get("altText"))?;
    let units = alt_text.encode_utf16().count();
    length(&format!("{at}.altText"), units, ALT_TEXT_UNITS_MAX, details);
    let at = format!("{at}.template");
    let template = object(&at, message.get("template"))?;
    match template.get("type").and_then(Value::as_str) {
        Some("buttons") => {
            only(
                &at,
                template,
                &["type", "text", "actions", "title", "thumbnailImageUrl"],
            )?;
            check_one(&at, template, BUTTONS, details)
        }
        Some("carousel") => {
            only(&at, template, &["type", "columns"])?;
            check_columns(&at, template, details)
        }
        Some(_) | None => {
            let known = "Must be one of the following values: [buttons, carousel]";
            details.push(Detail::new(format!("{at}.type"), known));
            Ok(())
        }
    }
}

fn check_columns(
    at: &str,
    template: &Map<String, Value>,
    details: &mut Vec<Detail>,
) -> Result<(), Refusal> {
    let field = format!("{at}.columns");
    let columns = array(&field, template.get("columns"))?;
    size(&field, columns.len(), COLUMNS_MAX, details);
    let mut shapes = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let at = format!("{field}[{index}]");
        let column = object(&at, Some(column))?;
        only(
            &at,
            column,
            &["text", "actions", "title", "thumbnailImageUrl"],
        )?;
        check_one(&at, column, COLUMN, details)?;
        let actions = array(&at, column.get("actions"))?.len();
        let has = |name| column.contains_key(name);
        shapes.push((actions, has("title"), has("thumbnailImageUrl")));
    }
    // Found only when it is sent, or validated.
    if shapes
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a.0 != b.0))
    {
        let message = "The number of actions must be the same in all columns";
        details.push(Detail::new(field, message));
    } else if shapes
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a != b))
    {
        let message = "All columns must have a title and an image, or none";
        details.push(Detail::new(field, message));
    }
    Ok(())
}

fn check_one(
    at: &str,
    part: &Map<String, Value>,
    limits: Limits,
    details: &mut Vec<Detail>,
) -> Result<(), Refusal> {
    let mut beside = false;
    if part.contains_key("title") {
        beside = true;
        let field = format!("{at}.title");
        let title = string(&field, part.get("title"))?;
        length(&field, title.graphemes(true).count(), TITLE_MAX, details);
    }
    if part.contains_key("thumbnailImageUrl") {
        beside = true;
        check_url(at, "thumbnailImageUrl", part, details)?;
    }
    let field = format!("{at}.text");
    let text = string(&field, part.get("text"))?;
    let max = if beside { BESIDE_MAX } else { limits.text };
    length(&field, text.graphemes(true).count(), max, details);
    let field = format!("{at}.actions");
    let actions = array(&field, part.get("actions"))?;
    size(&field, actions.len(), limits.actions, details);
    for (index, action) in actions.iter().enumerate() {
        check_action(&format!("{field}[{index}]"), action, details)?;
    }
    Ok(())
}

/// What happens when something is tapped.
pub(super) fn check_action(
    at: &str,
    action: &Value,
    details: &mut Vec<Detail>,
) -> Result<(), Refusal> {
    let action = object(at, Some(action))?;
    let field = format!("{at}.label");
    let label = string(&field, action.get("label"))?;
    length(&field, label.graphemes(true).count(), LABEL_MAX, details);
    match action.get("type").and_then(Value::as_str) {
        Some("uri") => {
            only(at, action, &["type", "label", "uri"])?;
            let field = format!("{at}.uri");
            let uri = string(&field, action.get("uri"))?;
            length(&field, uri.chars().count(), URI_CHARS_MAX, details);
            if !SCHEMES.iter().any(|scheme| uri.starts_with(scheme)) {
                details.push(Detail::new(field, "invalid uri scheme"));
            }
        }
        Some("postback") => {
            only(at, action, &["type", "label", "data", "displayText"])?;
            let field = format!("{at}.data");
            let data = string(&field, action.get("data"))?;
            length(&field, data.encode_utf16().count(), DATA_UNITS_MAX, details);
        }
        Some(_) | None => {
            let known = "Must be one of the following values: [uri, postback]";
            details.push(Detail::new(format!("{at}.type"), known));
        }
    }
    Ok(())
}

fn length(field: &str, length: usize, max: usize, details: &mut Vec<Detail>) {
    if length == 0 {
        details.push(Detail::new(field, "May not be empty"));
    } else if length > max {
        let message = format!("Length must be between 0 and {max}");
        details.push(Detail::new(field, message));
    }
}

pub(super) fn size(field: &str, size: usize, max: usize, details: &mut Vec<Detail>) {
    if size == 0 || size > max {
        let message = format!("Size must be between 1 and {max}");
        details.push(Detail::new(field, message));
    }
}

pub(super) fn object<'a>(
    field: &str,
    value: Option<&'a Value>,
) -> Result<&'a Map<String, Value>, Refusal> {
    value
        .and_then(Value::as_object)
        .ok_or_else(|| Refusal::invalid_property(field))
}

pub(super) fn array<'a>(field: &str, value: Option<&'a Value>) -> Result<&'a [Value], Refusal> {
    match value {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(values)) => Ok(values),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            Err(Refusal::invalid_property(field))
        }
    }
}
