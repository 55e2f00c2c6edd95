//! Utility messages: the page's own templates, and whether a send fits one.

use serde_json::{Value, json};

use super::page::Page;
use crate::{
    graph::{Call, GraphError, Shape, only, text_of},
    whatsapp::{TemplateSettings, template_json},
};

pub(super) fn serve(page: &mut Page, call: Call<'_>) -> Result<Value, GraphError> {
    let query = |key: &str| call.request.query.get(key).map(String::as_str);
    if !page.settings.utility {
        return Err(GraphError::new(10));
    }
    if !Page::is_get(call) {
        return create(page, call);
    }
    let limit = query("limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(25_usize);
    let from: usize = query("after")
        .and_then(|after| after.parse().ok())
        .unwrap_or(0);
    let templates = &page.settings.templates;
    let data: Vec<Value> = templates
        .iter()
        .skip(from)
        .take(limit.max(1))
        .map(template_json)
        .collect();
    let end = from + data.len();
    let mut paging = json!({ "cursors": { "before": from.to_string(), "after": end.to_string() } });
    if end < templates.len() {
        paging["next"] = json!(format!("https://graph.facebook.com/next?after={end}"));
    }
    Ok(json!({ "data": data, "paging": paging }))
}

/// Meta decides "within seconds"; here at once.
fn create(page: &mut Page, call: Call<'_>) -> Result<Value, GraphError> {
    let body = Value::Object(call.request.body.clone());
    let shape = Shape::of("template", &body)?;
    let (name, language) = (shape.need("name", 512)?, shape.need("language", 20)?);
    if shape.text("category") != Some("UTILITY") {
        return Err(GraphError::invalid("Param category must be UTILITY."));
    }
    let components = shape.array("components");
    for component in components {
        let text = text_of(component, "text");
        if text.starts_with("{{") || text.ends_with("}}") {
            return Err(
                GraphError::invalid("A template may not start or end with a parameter.")
                    .details("INCORRECT_PARAMS"),
            );
        }
    }
    let mut template = TemplateSettings::marketing(name, language, "");
    "UTILITY".clone_into(&mut template.category);
    template.components = components.to_vec();
    if let Some(format) = shape.text("parameter_format") {
        format.clone_into(&mut template.parameter_format);
    }
    let answer = json!({ "id": template.id(), "status": "APPROVED", "category": "UTILITY" });
    page.settings.templates.push(template);
    Ok(answer)
}

pub(super) fn check(page: &Page, message: Shape<'_>) -> Result<(), GraphError> {
    let given = Shape::of("template", message.get("template").unwrap_or(&Value::Null))?;
    only(given, &["name", "language", "components"])?;
    let name = given.need("name", 512)?;
    let language = Shape::of("language", given.get("language").unwrap_or(&Value::Null))?;
    let code = language.need("code", 20)?;
    let mut templates = page.settings.templates.iter();
    let template = templates
        .find(|template| template.name == name && template.language == code)
        .filter(|template| template.status == "APPROVED")
        .ok_or_else(|| {
            GraphError::invalid(format!(
                "Template {name} in {code} does not exist or is not approved."
            ))
        })?;
    for place in ["header", "body"] {
        parameters(template, given, place)?;
    }
    buttons(template, given)
}

fn parameters(
    template: &TemplateSettings,
    given: Shape<'_>,
    place: &str,
) -> Result<(), GraphError> {
    let is = |component: &&Value| text_of(component, "type").eq_ignore_ascii_case(place);
    let wanted = template.components.iter().find(is);
    let wanted = wanted.map_or(0, |component| {
        text_of(component, "text").matches("{{").count()
    });
    let mine = given.array("components").iter().find(is);
    let mine = mine.and_then(|component| component.get("parameters")?.as_array());
    let mine = mine.map_or(&[][..], Vec::as_slice);
    if mine.len() != wanted {
        return Err(GraphError::invalid(format!(
            "{place}: {} parameters given, {wanted} expected.",
            mine.len()
        )));
    }
    let named = template.parameter_format.eq_ignore_ascii_case("named");
    for parameter in mine {
        let parameter = Shape::of("parameter", parameter)?;
        only(parameter, &["type", "text", "parameter_name"])?;
        if parameter.text("type") != Some("text")
            || parameter.get("parameter_name").is_some() != named
        {
            return Err(GraphError::invalid(format!(
                "{place}: a parameter does not fit the template."
            )));
        }
        parameter.need("text", 1_000)?;
    }
    Ok(())
}

/// One component holds the parameters of all buttons, in order.
fn buttons(template: &TemplateSettings, given: Shape<'_>) -> Result<(), GraphError> {
    let is = |component: &&Value| text_of(component, "type").eq_ignore_ascii_case("buttons");
    for component in given.array("components") {
        let kind = text_of(component, "type").to_ascii_lowercase();
        if !["header", "body", "buttons"].contains(&kind.as_str()) {
            return Err(GraphError::invalid(format!(
                "There is no component {kind}."
            )));
        }
    }
    let wanted = template.components.iter().find(is);
    let wanted = wanted.and_then(|component| component.get("buttons")?.as_array());
    let mine = given.array("components").iter().find(is);
    let mine = mine.and_then(|component| component.get("parameters")?.as_array());
    let (wanted, mine) = (wanted.map_or(0, Vec::len), mine.map_or(0, Vec::len));
    if mine > wanted {
        return Err(GraphError::invalid(format!(
            "{mine} button parameters given, {wanted} buttons."
        )));
    }
    Ok(())
}
