use std::time::Duration;

use serde_json::Value;

use super::page::Page;
use crate::graph::{GraphError, Shape, only};

const IMAGES_MAX: usize = 30;
const ELEMENTS_MAX: usize = 10;
const BUTTONS_MAX: usize = 3;
const TITLE_MAX: usize = 80;
const GRID_TITLE_MAX: usize = 45;
const BUTTON_TEXT_MAX: usize = 640;
const BUTTON_TITLE_MAX: usize = 20;
const PAYLOAD_MAX: usize = 1_000;
const URL_MAX: usize = 2_048;
const MEDIA: [&str; 4] = ["image", "video", "audio", "file"];

pub(super) fn check(page: &Page, attachment: &Value, now: Duration) -> Result<(), GraphError> {
    let shape = Shape::of("attachment", attachment)?;
    only(shape, &["type", "payload"])?;
    let payload = shape.get("payload");
    let payload = payload.ok_or_else(|| GraphError::invalid("attachment[payload] is required."))?;
    let payload = Shape::of("payload", payload)?;
    match shape.text("type") {
        Some("template") => template(payload),
        Some(kind) if MEDIA.contains(&kind) => media(page, payload, now),
        _ => Err(GraphError::invalid(
            "Param message[attachment][type] must be one of {AUDIO, FILE, IMAGE, TEMPLATE, VIDEO}.",
        )),
    }
}

/// Several images at once.
pub(super) fn check_images(
    page: &Page,
    attachments: &[Value],
    now: Duration,
) -> Result<(), GraphError> {
    if attachments.is_empty() || attachments.len() > IMAGES_MAX {
        return Err(GraphError::invalid(format!(
            "Param message[attachments] must have 1 to {IMAGES_MAX} elements; {} given.",
            attachments.len()
        )));
    }
    for attachment in attachments {
        if attachment.get("type").and_then(Value::as_str) != Some("image") {
            return Err(GraphError::invalid(
                "Only images may be sent several at once.",
            ));
        }
        check(page, attachment, now)?;
    }
    Ok(())
}

pub(super) fn check_upload(message: &Value) -> Result<(), GraphError> {
    let message = Shape::of("message", message)?;
    only(message, &["attachment"])?;
    let attachment = Shape::of(
        "attachment",
        message.get("attachment").unwrap_or(&Value::Null),
    )?;
    only(attachment, &["type", "payload"])?;
    if !attachment
        .text("type")
        .is_some_and(|kind| MEDIA.contains(&kind))
    {
        return Err(GraphError::invalid("Param attachment[type] is not valid."));
    }
    let payload = Shape::of("payload", attachment.get("payload").unwrap_or(&Value::Null))?;
    only(payload, &["url", "is_reusable"])?;
    url(payload, "url")?;
    match payload.get("is_reusable") {
        Some(Value::Bool(true)) => Ok(()),
        _ => Err(GraphError::invalid("payload[is_reusable] must be true.")),
    }
}

fn media(page: &Page, payload: Shape<'_>, now: Duration) -> Result<(), GraphError> {
    only(payload, &["url", "is_reusable", "attachment_id"])?;
    match (payload.get("attachment_id"), payload.get("url")) {
        (None, Some(_)) => url(payload, "url"),
        (Some(id), None) => {
            let id = id.as_str().unwrap_or_default();
            if page.has_attachment(id, now) {
                return Ok(());
            }
            Err(GraphError::invalid("Invalid attachment ID.").sub(2_018_074))
        }
        (Some(_), Some(_)) | (None, None) => Err(GraphError::invalid(
            "Give either a url or an attachment_id.",
        )),
    }
}

fn template(payload: Shape<'_>) -> Result<(), GraphError> {
    match payload.text("template_type") {
        Some("generic") => {
            only(
                payload,
                &[
                    "template_type",
                    "elements",
                    "image_aspect_ratio",
                    "sharable",
                ],
            )?;
            let elements = payload.array("elements");
            count("elements", elements.len(), 1, ELEMENTS_MAX)?;
            elements.iter().try_for_each(element)
        }
        Some("button") => {
            only(payload, &["template_type", "text", "buttons", "sharable"])?;
            payload.need("text", BUTTON_TEXT_MAX)?;
            let given = payload.array("buttons");
            count("buttons", given.len(), 1, BUTTONS_MAX)?;
            given.iter().try_for_each(button)
        }
        Some("image_grid") => {
            let elements = payload.array("elements");
            count("elements", elements.len(), 1, 1)?;
            let element = Shape::of("element", elements.first().unwrap_or(&Value::Null))?;
            element.may("title", GRID_TITLE_MAX)?;
            element.may("subtitle", TITLE_MAX)?;
            buttons(element)
        }
        Some("media" | "customer_feedback" | "coupon" | "receipt" | "product") => Ok(()),
        _ => Err(GraphError::invalid(
            "Param payload[template_type] is not valid.",
        )),
    }
}

fn element(element: &Value) -> Result<(), GraphError> {
    let element = Shape::of("element", element)?;
    only(
        element,
        &[
            "title",
            "subtitle",
            "image_url",
            "default_action",
            "buttons",
        ],
    )?;
    element.need("title", TITLE_MAX)?;
    element.may("subtitle", TITLE_MAX)?;
    if element.get("image_url").is_some() {
        url(element, "image_url")?;
    }
    if let Some(action) = element.get("default_action") {
        let action = Shape::of("default_action", action)?;
        if action.text("type") != Some("web_url") || action.get("title").is_some() {
            return Err(GraphError::invalid(
                "default_action must be a web_url without a title.",
            ));
        }
        url(action, "url")?;
    }
    if element.map.len() < 2 {
        return Err(
            GraphError::invalid("An element needs a title and one more property.").sub(2_018_032),
        );
    }
    buttons(element)
}

fn buttons(element: Shape<'_>) -> Result<(), GraphError> {
    if element.get("buttons").is_none() {
        return Ok(());
    }
    let given = element.array("buttons");
    count("buttons", given.len(), 1, BUTTONS_MAX)?;
    given.iter().try_for_each(button)
}

fn button(button: &Value) -> Result<(), GraphError> {
    let button = Shape::of("button", button)?;
    match button.text("type") {
        Some("web_url") => {
            button.need("title", BUTTON_TITLE_MAX)?;
            url(button, "url")
        }
        Some("postback") => {
            only(button, &["type", "title", "payload"])?;
            button.need("title", BUTTON_TITLE_MAX)?;
            button.need("payload", PAYLOAD_MAX).map(drop)
        }
        Some("phone_number") => {
            button.need("title", BUTTON_TITLE_MAX)?;
            if button.need("payload", PAYLOAD_MAX)?.starts_with('+') {
                return Ok(());
            }
            Err(GraphError::invalid(
                "button[payload] must be a phone number with a plus.",
            ))
        }
        Some("account_link" | "account_unlink" | "game_play" | "element_share") => Ok(()),
        _ => Err(GraphError::invalid("Param button[type] is not valid.")),
    }
}

fn url(shape: Shape<'_>, key: &str) -> Result<(), GraphError> {
    let url = shape.need(key, URL_MAX)?;
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(());
    }
    Err(GraphError::invalid(format!(
        "{}[{key}] should represent a valid URL",
        shape.name
    )))
}

fn count(name: &str, given: usize, min: usize, max: usize) -> Result<(), GraphError> {
    if (min..=max).contains(&given) {
        return Ok(());
    }
    Err(GraphError::invalid(format!(
        "Param payload[{name}] must have {min} to {max} elements; {given} given."
    )))
}
