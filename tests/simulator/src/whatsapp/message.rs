use serde_json::Value;

use super::{fill, phone::Phone, settings::TemplateSettings};
use crate::graph::{Call, GraphError, Shape, only};

const KEYS: [&str; 8] = [
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "type",
    "biz_opaque_callback_data",
    "context",
    "status",
];
const MARKETING_KEYS: [&str; 2] = ["product_policy", "message_activity_sharing"];
const TEXT_MAX: usize = 4_096;
const CALLBACK_MAX: usize = 512;
const CAPTION_MAX: usize = 1_024;

/// A message that is well formed.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) input: String,
    /// Digits, or a business-scoped user id.
    pub(super) wa_id: String,
    pub(super) by_user_id: bool,
    pub(super) kind: Kind,
    /// Of a template.
    pub(super) category: Option<String>,
    pub(super) content: String,
    pub(super) correlation: Option<String>,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// The template's id.
    Template(String),
    FreeForm,
}

pub(super) fn read(phone: &Phone, call: Call<'_>) -> Result<Message, GraphError> {
    let body = Value::Object(call.request.body.clone());
    let shape = Shape::of("message", &body)?;
    if shape.text("messaging_product") != Some("whatsapp") {
        return Err(GraphError::invalid(
            "The parameter messaging_product is required.",
        ));
    }
    let kind = shape.text("type").unwrap_or("text");
    let mut keys: Vec<&str> = KEYS.to_vec();
    keys.push(kind);
    if call.request.edge() == "marketing_messages" {
        keys.extend(MARKETING_KEYS);
    }
    only(shape, &keys)?;
    if !matches!(shape.text("recipient_type"), None | Some("individual")) {
        return Err(parameter("recipient_type must be individual."));
    }
    let correlation = shape.may("biz_opaque_callback_data", CALLBACK_MAX)?;
    let (input, wa_id, by_user_id) = recipient(phone, shape)?;
    let content = shape
        .get(kind)
        .ok_or_else(|| GraphError::new(131_008).details(format!("{kind} is required.")))?;
    let (sort, category) = check(phone, call, kind, content)?;
    let summary = serde_json::json!({ "type": kind, kind: content });
    Ok(Message {
        input,
        wa_id,
        by_user_id,
        kind: sort,
        category,
        content: summary.to_string(),
        correlation: correlation.map(str::to_owned),
    })
}

/// As it was given, and as WhatsApp takes it: a number without a plus is one of the business's country.
fn recipient(phone: &Phone, shape: Shape<'_>) -> Result<(String, String, bool), GraphError> {
    if let Some(to) = shape.text("to").filter(|to| !to.is_empty()) {
        let written = |c: &char| !matches!(c, ' ' | '-' | '(' | ')');
        let plain: String = to.chars().filter(written).collect();
        let (digits, international) = match plain.strip_prefix('+') {
            Some(digits) => (digits, true),
            None => (plain.as_str(), false),
        };
        let numeric = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let wa_id = if international {
            digits.to_owned()
        } else {
            format!("{}{digits}", phone.settings.country_code)
        };
        if !numeric || !(7..=15).contains(&wa_id.len()) {
            return Err(GraphError::new(131_009).details("Parameter value is not valid: to"));
        }
        if wa_id == phone.settings.display_phone_number.trim_start_matches('+') {
            return Err(GraphError::new(131_021).details("Recipient cannot be sender"));
        }
        return Ok((to.to_owned(), wa_id, false));
    }
    let user = shape.text("recipient").unwrap_or_default();
    let (country, rest) = user.split_once('.').unwrap_or_default();
    let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_country && !rest.is_empty() {
        return Ok((user.to_owned(), user.to_owned(), true));
    }
    Err(GraphError::invalid("The parameter to is required."))
}

fn check(
    phone: &Phone,
    call: Call<'_>,
    kind: &str,
    content: &Value,
) -> Result<(Kind, Option<String>), GraphError> {
    let shape = Shape::of(kind, content)?;
    match kind {
        "template" => {
            let template = find(phone, shape)?;
            let has_media = |id: &str| phone.has_media(id, call.now);
            fill::check(template, shape.array("components"), &has_media)?;
            let category = template.category.clone();
            return Ok((Kind::Template(template.id()), Some(category)));
        }
        "text" => {
            only(shape, &["body", "preview_url"])?;
            shape.need("body", TEXT_MAX)?;
        }
        "image" | "video" | "document" | "audio" | "sticker" => {
            only(shape, &["id", "link", "caption", "filename"])?;
            let has_media = |id: &str| phone.has_media(id, call.now);
            fill::media(content, &has_media)?;
            shape.may("caption", CAPTION_MAX)?;
        }
        "interactive" => {
            let text = shape
                .get("body")
                .ok_or_else(|| parameter("interactive.body is required."))?;
            Shape::of("body", text)?.need("text", 1_024)?;
        }
        "reaction" => {
            shape.need("message_id", 200)?;
        }
        "location" | "contacts" => {}
        _ => {
            return Err(
                GraphError::new(131_051).details(format!("Message type {kind} is not supported."))
            );
        }
    }
    Ok((Kind::FreeForm, None))
}

fn find<'a>(phone: &'a Phone, shape: Shape<'_>) -> Result<&'a TemplateSettings, GraphError> {
    only(shape, &["name", "language", "components", "namespace"])?;
    let name = shape.need("name", 512)?;
    let language = shape
        .get("language")
        .ok_or_else(|| GraphError::new(131_008).details("template.language is required."))?;
    let language = Shape::of("language", language)?;
    only(language, &["code", "policy"])?;
    let code = language.need("code", 20)?;
    let missing = || {
        GraphError::new(132_001).details(format!("template name ({name}) does not exist in {code}"))
    };
    let mut templates = phone.settings.templates.iter();
    let template = templates
        .find(|template| template.name == name && template.language == code)
        .ok_or_else(missing)?;
    match template.status.as_str() {
        "APPROVED" => Ok(template),
        "PAUSED" => Err(GraphError::new(132_015).details("Template is paused due to low quality.")),
        "DISABLED" => Err(GraphError::new(132_016).details("Template was paused too often.")),
        _ => Err(missing()),
    }
}

fn parameter(details: &str) -> GraphError {
    GraphError::new(131_009).details(details)
}
