//! Whether the parameters of a send fit the template.

use serde_json::Value;

use super::settings::TemplateSettings;
use crate::graph::{GraphError, Shape, only, text_of};

const BODY_MAX: usize = 1_024;
const HEADER_MAX: usize = 60;
const CARD_BODY_MAX: usize = 160;
const URL_MAX: usize = 2_000;
const CODE_MAX: usize = 20;

type HasMedia<'a> = &'a dyn Fn(&str) -> bool;

pub(super) fn check(
    template: &TemplateSettings,
    given: &[Value],
    has_media: HasMedia<'_>,
) -> Result<(), GraphError> {
    let named = template.parameter_format.eq_ignore_ascii_case("named");
    components(&template.components, given, named, BODY_MAX, has_media)
}

fn components(
    wanted: &[Value],
    given: &[Value],
    named: bool,
    body_max: usize,
    has_media: HasMedia<'_>,
) -> Result<(), GraphError> {
    for component in given {
        let kind = kind_of(component);
        if ![
            "header",
            "body",
            "button",
            "carousel",
            "limited_time_offer",
            "footer",
        ]
        .contains(&kind.as_str())
        {
            return Err(GraphError::invalid(format!(
                "Unknown component type {kind}."
            )));
        }
        let exists = wanted
            .iter()
            .any(|w| kind_of(w) == kind || (kind == "button" && kind_of(w) == "buttons"));
        if !exists {
            return Err(GraphError::new(132_000)
                .details(format!("{kind}: the template has no such component")));
        }
    }
    for component in wanted {
        let kind = kind_of(component);
        let mine: Vec<&Value> = given.iter().filter(|g| kind_of(g) == kind).collect();
        if mine.len() > 1 {
            return Err(GraphError::invalid(format!("{kind} is given twice.")));
        }
        let parameters = mine.first().map_or(&[][..], |g| array(g, "parameters"));
        match kind.as_str() {
            "header" => header(component, parameters, named, has_media)?,
            "body" => text("body", component, parameters, named, body_max)?,
            "buttons" => buttons(array(component, "buttons"), given)?,
            "carousel" => {
                let cards = mine.first().map_or(&[][..], |g| array(g, "cards"));
                carousel(array(component, "cards"), cards, named, has_media)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn carousel(
    wanted: &[Value],
    given: &[Value],
    named: bool,
    has_media: HasMedia<'_>,
) -> Result<(), GraphError> {
    if wanted.len() != given.len() {
        return Err(GraphError::new(132_000).details(format!(
            "carousel: number of cards ({}) does not match the expected number of cards ({})",
            given.len(),
            wanted.len()
        )));
    }
    for (at, card) in wanted.iter().enumerate() {
        let index = |g: &&Value| g.get("card_index").and_then(Value::as_u64);
        let mine = given.iter().find(|g| index(g) == Some(at as u64));
        let mine = mine.ok_or_else(|| {
            GraphError::new(132_012).details(format!("carousel: there is no card with index {at}"))
        })?;
        let (wanted, given) = (array(card, "components"), array(mine, "components"));
        components(wanted, given, named, CARD_BODY_MAX, has_media)?;
    }
    Ok(())
}

fn header(
    component: &Value,
    parameters: &[Value],
    named: bool,
    has_media: HasMedia<'_>,
) -> Result<(), GraphError> {
    let format = text_of(component, "format").to_ascii_lowercase();
    match format.as_str() {
        "image" | "video" | "document" => {
            let [parameter] = parameters else {
                return Err(mismatch("header", parameters.len(), 1));
            };
            let got = text_of(parameter, "type").to_ascii_lowercase();
            if got != format {
                return Err(GraphError::new(132_012).details(format!(
                    "header: Format mismatch, expected {}, received {}",
                    format.to_ascii_uppercase(),
                    got.to_ascii_uppercase()
                )));
            }
            media(&parameter[got.as_str()], has_media)
        }
        "location" if parameters.len() == 1 => Ok(()),
        "location" => Err(mismatch("header", parameters.len(), 1)),
        _ => text("header", component, parameters, named, HEADER_MAX),
    }
}

/// By id, of something that was uploaded, or by link.
pub(super) fn media(media: &Value, has_media: HasMedia<'_>) -> Result<(), GraphError> {
    let shape = Shape::of("media", media)?;
    match (shape.text("id"), shape.text("link")) {
        (Some(id), None) if has_media(id) => Ok(()),
        (Some(_), None) => Err(GraphError::new(131_053).details("There is no media with this id.")),
        (None, Some(link)) if link.starts_with("https://") || link.starts_with("http://") => Ok(()),
        (None, Some(_)) => Err(GraphError::new(131_052).details("The link is not a URL.")),
        (Some(_), Some(_)) | (None, None) => {
            Err(GraphError::new(131_009).details("Give either an id or a link."))
        }
    }
}

fn text(
    place: &str,
    component: &Value,
    parameters: &[Value],
    named: bool,
    max: usize,
) -> Result<(), GraphError> {
    let pattern = text_of(component, "text");
    let holes = holes(&pattern);
    if holes.len() != parameters.len() {
        return Err(mismatch(place, parameters.len(), holes.len()));
    }
    let mut filled = pattern.clone();
    for (at, parameter) in parameters.iter().enumerate() {
        let value = text_parameter(place, parameter)?;
        let name = text_of(parameter, "parameter_name");
        let hole = match (named, holes.get(at)) {
            (false, Some(hole)) if name.is_empty() => hole.clone(),
            (true, _) if holes.contains(&name) => name,
            _ => {
                return Err(GraphError::new(132_012).details(format!(
                    "{place}: parameter_name \"{name}\" does not fit the template"
                )));
            }
        };
        filled = filled.replace(&format!("{{{{{hole}}}}}"), &value);
    }
    if !holes_named_once(named, parameters) {
        return Err(GraphError::new(132_012).details(format!("{place}: a name is given twice")));
    }
    if filled.chars().count() > max {
        return Err(GraphError::new(132_005).details(format!(
            "{place} text has {} characters; the limit is {max}",
            filled.chars().count()
        )));
    }
    Ok(())
}

fn text_parameter(place: &str, parameter: &Value) -> Result<String, GraphError> {
    let shape = Shape::of("parameter", parameter)?;
    only(
        shape,
        &["type", "text", "parameter_name", "currency", "date_time"],
    )?;
    let kind = text_of(parameter, "type").to_ascii_lowercase();
    if kind == "currency" || kind == "date_time" {
        let fallback = shape
            .get(&kind)
            .map(|inner| text_of(inner, "fallback_value"));
        return Ok(fallback.unwrap_or_default());
    }
    if kind != "text" {
        return Err(GraphError::new(132_012).details(format!(
            "{place}: expected a text parameter, received {kind}"
        )));
    }
    let value = text_of(parameter, "text");
    if value.is_empty() {
        return Err(GraphError::new(131_008).details(format!(
            "{place}: Parameter of type text is missing text value"
        )));
    }
    if value.contains(['\n', '\t']) || value.contains("     ") {
        return Err(GraphError::new(132_018).details(
            "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
        ));
    }
    Ok(value)
}

fn buttons(wanted: &[Value], given: &[Value]) -> Result<(), GraphError> {
    let given: Vec<&Value> = given.iter().filter(|g| kind_of(g) == "button").collect();
    for button in &given {
        let at = index(button);
        let kind = at
            .and_then(|at| wanted.get(at))
            .map(kind_of)
            .unwrap_or_default();
        let sub_type = text_of(button, "sub_type").to_ascii_lowercase();
        if kind.is_empty() || kind != sub_type {
            return Err(GraphError::new(132_012).details(format!(
                "buttons: there is no {sub_type} button at index {}",
                button.get("index").unwrap_or(&Value::Null)
            )));
        }
    }
    for (at, button) in wanted.iter().enumerate() {
        let mine = given.iter().find(|g| index(g) == Some(at));
        let parameter = mine.and_then(|g| array(g, "parameters").first());
        let url = text_of(button, "url");
        let (needed, key, max) = match kind_of(button).as_str() {
            "url" => (url.contains("{{"), "text", URL_MAX - url.len().min(URL_MAX)),
            "copy_code" => (true, "coupon_code", CODE_MAX),
            _ => (false, "payload", 1_000),
        };
        match parameter {
            None if needed => {
                return Err(GraphError::new(131_008).details(format!(
                    "buttons: Button at index {at} of type {} requires a parameter",
                    kind_of(button)
                )));
            }
            None => {}
            Some(_) if !needed && key == "text" => return Err(mismatch("buttons", 1, 0)),
            Some(parameter) => {
                Shape::of("parameter", parameter)?.need(key, max)?;
            }
        }
    }
    Ok(())
}

fn holes_named_once(named: bool, parameters: &[Value]) -> bool {
    let names: std::collections::BTreeSet<String> = parameters
        .iter()
        .map(|p| text_of(p, "parameter_name"))
        .collect();
    !named || names.len() == parameters.len()
}

/// What stands in double braces, each once, in order.
fn holes(pattern: &str) -> Vec<String> {
    let mut holes: Vec<String> = Vec::new();
    for part in pattern.split("{{").skip(1) {
        if let Some((name, _)) = part.split_once("}}")
            && !holes.iter().any(|known| known == name.trim())
        {
            holes.push(name.trim().to_owned());
        }
    }
    holes
}

fn mismatch(place: &str, given: usize, wanted: usize) -> GraphError {
    GraphError::new(132_000).details(format!(
        "{place}: number of localizable_params ({given}) does not match the expected number of params ({wanted})"
    ))
}

/// Upper and lower case are both taken.
fn kind_of(component: &Value) -> String {
    text_of(component, "type").to_ascii_lowercase()
}

/// A number, or a string that holds one.
fn index(button: &Value) -> Option<usize> {
    let index = button.get("index")?;
    let number = index.as_u64().and_then(|n| usize::try_from(n).ok());
    number.or_else(|| index.as_str()?.parse().ok())
}

fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}
