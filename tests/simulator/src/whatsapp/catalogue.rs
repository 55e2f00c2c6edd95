use axum::http::Method;
use serde_json::{Value, json};

use super::settings::TemplateSettings;
use crate::graph::{Call, GraphError, Shape};

const PAGE: usize = 25;
const CREATED: &str = "PENDING";

pub(crate) fn json(template: &TemplateSettings) -> Value {
    json!({
        "id": template.id(),
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "parameter_format": template.parameter_format,
        "components": template.components,
        "quality_score": { "score": template.quality },
    })
}

/// `/{waba}/message_templates`.
pub(super) fn serve(
    templates: &mut Vec<TemplateSettings>,
    call: Call<'_>,
) -> Result<Value, GraphError> {
    let query = |key: &str| call.request.query.get(key).map(String::as_str);
    if call.request.method == Method::POST {
        return create(templates, call);
    }
    if call.request.method == Method::DELETE {
        let before = templates.len();
        templates.retain(|template| Some(template.name.as_str()) != query("name"));
        if templates.len() == before {
            return Err(GraphError::invalid("Message template was not found").sub(2_593_002));
        }
        return Ok(json!({ "success": true }));
    }
    let is = |wanted: Option<&str>, value: &str| wanted.is_none_or(|wanted| wanted == value);
    let found: Vec<&TemplateSettings> = templates
        .iter()
        .filter(|template| is(query("name"), &template.name))
        .filter(|template| is(query("status"), &template.status))
        .filter(|template| is(query("language"), &template.language))
        .collect();
    let limit = query("limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(PAGE);
    let from: usize = query("after")
        .and_then(|after| after.parse().ok())
        .unwrap_or(0);
    let page: Vec<Value> = found
        .iter()
        .skip(from)
        .take(limit.max(1))
        .map(|t| json(t))
        .collect();
    let end = from + page.len();
    let mut paging = json!({ "cursors": { "before": from.to_string(), "after": end.to_string() } });
    if end < found.len() {
        paging["next"] = json!(format!("https://graph.facebook.com/next?after={end}"));
    }
    Ok(json!({ "data": page, "paging": paging }))
}

fn create(templates: &mut Vec<TemplateSettings>, call: Call<'_>) -> Result<Value, GraphError> {
    let body = Value::Object(call.request.body.clone());
    let shape = Shape::of("template", &body)?;
    let name = shape.need("name", 512)?;
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if !name.bytes().all(allowed) {
        return Err(GraphError::invalid(
            "Param name may hold lowercase letters, digits and underscores alone.",
        ));
    }
    let category = shape.need("category", 30)?;
    if !["MARKETING", "UTILITY", "AUTHENTICATION"].contains(&category) {
        return Err(GraphError::invalid(
            "Param category must be one of {AUTHENTICATION, MARKETING, UTILITY}.",
        ));
    }
    let language = shape.need("language", 20)?;
    let known =
        |template: &TemplateSettings| template.name == name && template.language == language;
    if templates.iter().any(known) {
        return Err(GraphError::invalid("Content in this language already exists").sub(2_388_024));
    }
    let template = TemplateSettings {
        name: name.to_owned(),
        language: language.to_owned(),
        category: category.to_owned(),
        status: CREATED.to_owned(),
        parameter_format: shape
            .text("parameter_format")
            .unwrap_or("POSITIONAL")
            .to_owned(),
        components: shape.array("components").to_vec(),
        quality: "UNKNOWN".to_owned(),
        hold_after: None,
    };
    let answer = json!({ "id": template.id(), "status": CREATED, "category": category });
    templates.push(template);
    Ok(answer)
}
