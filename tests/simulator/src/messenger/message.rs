use std::time::Duration;

use serde_json::Value;

use super::{attachment, page::Page, utility};
use crate::{
    clock::millis,
    graph::{Call, GraphError, Shape, only},
};

const TEXT_MAX: usize = 2_000;
const METADATA_MAX: usize = 1_000;
const QUICK_REPLIES_MAX: usize = 13;
const TITLE_MAX: usize = 20;
const PAYLOAD_MAX: usize = 1_000;
const WINDOW: Duration = Duration::from_hours(24);
const AGENT_WINDOW: Duration = Duration::from_hours(7 * 24);
const RETIRED: [&str; 3] = [
    "CONFIRMED_EVENT_UPDATE",
    "ACCOUNT_UPDATE",
    "POST_PURCHASE_UPDATE",
];

/// A message that is well formed.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) to: String,
    pub(super) messaging_type: String,
    pub(super) tag: Option<String>,
    pub(super) metadata: Option<String>,
    pub(super) content: String,
    /// Audio or video.
    pub(super) heavy: bool,
    /// Its attachment is to be kept.
    pub(super) reusable: bool,
    feedback: bool,
}

pub(super) fn read(page: &Page, call: Call<'_>) -> Result<Message, GraphError> {
    let body = Value::Object(call.request.body.clone());
    let shape = Shape::of("body", &body)?;
    only(
        shape,
        &[
            "recipient",
            "messaging_type",
            "tag",
            "message",
            "notification_type",
            "persona_id",
        ],
    )?;
    let to = recipient(shape)?;
    let notification = shape.text("notification_type").unwrap_or("REGULAR");
    if !["REGULAR", "SILENT_PUSH", "NO_PUSH"].contains(&notification) {
        return Err(GraphError::invalid(
            "Param notification_type must be one of {NO_PUSH, REGULAR, SILENT_PUSH}.",
        ));
    }
    let messaging_type = shape.text("messaging_type").unwrap_or_default();
    let tag = shape.text("tag");
    check_type(page, messaging_type, tag, call.now)?;

    let message = shape.get("message");
    let message =
        message.ok_or_else(|| GraphError::invalid("The parameter message is required."))?;
    let parts = Shape::of("message", message)?;
    only(
        parts,
        &[
            "text",
            "attachment",
            "attachments",
            "template",
            "quick_replies",
            "metadata",
        ],
    )?;
    let metadata = parts.may("metadata", METADATA_MAX)?;
    check_content(page, parts, messaging_type, call.now)?;
    quick_replies(parts)?;
    let mut content = message.clone();
    if let Some(map) = content.as_object_mut() {
        map.remove("metadata");
    }
    let pointed = |path: &str| message.pointer(path).and_then(Value::as_str);
    let kind = pointed("/attachment/type").unwrap_or_default();
    let reusable = message.pointer("/attachment/payload/is_reusable") == Some(&Value::Bool(true));
    Ok(Message {
        to,
        messaging_type: messaging_type.to_owned(),
        tag: tag.map(str::to_owned),
        metadata: metadata.map(str::to_owned),
        content: content.to_string(),
        heavy: kind == "audio" || kind == "video",
        reusable,
        feedback: pointed("/attachment/payload/template_type") == Some("customer_feedback"),
    })
}

fn recipient(shape: Shape<'_>) -> Result<String, GraphError> {
    let recipient = shape.get("recipient");
    let recipient =
        recipient.ok_or_else(|| GraphError::invalid("The parameter recipient is required"))?;
    let recipient = Shape::of("recipient", recipient)?;
    if recipient.get("notification_messages_token").is_some() {
        return Err(GraphError::invalid(
            "Recurring notifications are no longer available.",
        ));
    }
    only(recipient, &["id"])?;
    recipient.need("id", 100).map(str::to_owned)
}

fn check_type(
    page: &Page,
    messaging_type: &str,
    tag: Option<&str>,
    now: Duration,
) -> Result<(), GraphError> {
    match (messaging_type, tag) {
        ("RESPONSE" | "UPDATE", None) | ("MESSAGE_TAG", Some("CUSTOMER_FEEDBACK")) => Ok(()),
        ("UTILITY", None) if page.settings.utility => Ok(()),
        ("UTILITY", None) => Err(GraphError::new(10)
            .saying("(#10) This endpoint requires the 'page_utility_messaging' permission")),
        ("MESSAGE_TAG", Some("HUMAN_AGENT")) if page.settings.human_agent => Ok(()),
        ("MESSAGE_TAG", Some("HUMAN_AGENT")) => {
            Err(GraphError::new(10).saying("(#10) This app may not use the HUMAN_AGENT tag"))
        }
        ("MESSAGE_TAG", Some(tag)) if RETIRED.contains(&tag) => {
            if millis(now) < page.settings.message_tags_until_ms {
                Ok(())
            } else {
                Err(GraphError::invalid("Invalid parameter"))
            }
        }
        ("MESSAGE_TAG", Some(tag)) => {
            Err(GraphError::invalid(format!("Invalid message tag {tag}.")))
        }
        ("MESSAGE_TAG", None) => Err(GraphError::invalid("The parameter tag is required.")),
        (_, Some(_)) => Err(GraphError::invalid(
            "A tag is for messaging_type MESSAGE_TAG alone.",
        )),
        (_, None) => Err(GraphError::invalid(
            "Param messaging_type must be one of {MESSAGE_TAG, RESPONSE, UPDATE, UTILITY}.",
        )),
    }
}

fn check_content(
    page: &Page,
    message: Shape<'_>,
    messaging_type: &str,
    now: Duration,
) -> Result<(), GraphError> {
    let kinds = ["text", "attachment", "attachments", "template"];
    let given: Vec<&str> = kinds
        .into_iter()
        .filter(|key| message.get(key).is_some())
        .collect();
    match given.as_slice() {
        ["template"] if messaging_type == "UTILITY" => utility::check(page, message),
        ["template"] => Err(GraphError::invalid(
            "A template needs messaging_type UTILITY.",
        )),
        _ if messaging_type == "UTILITY" => Err(GraphError::invalid(
            "A utility message must have a template.",
        )),
        ["text"] => message.need("text", TEXT_MAX).map(drop),
        ["attachment"] => {
            let attachment = message.get("attachment").unwrap_or(&Value::Null);
            attachment::check(page, attachment, now)
        }
        ["attachments"] => attachment::check_images(page, message.array("attachments"), now),
        [] => Err(GraphError::invalid(
            "Message cannot be empty, must provide valid attachment or text",
        )
        .sub(2_018_126)),
        _ => Err(GraphError::invalid(
            "A message has either a text or an attachment.",
        )),
    }
}

fn quick_replies(message: Shape<'_>) -> Result<(), GraphError> {
    let replies = message.array("quick_replies");
    if replies.len() > QUICK_REPLIES_MAX {
        return Err(GraphError::invalid(format!(
            "Param message[quick_replies] must have at most {QUICK_REPLIES_MAX} elements; {} given.",
            replies.len()
        )));
    }
    for reply in replies {
        let reply = Shape::of("quick_replies", reply)?;
        only(reply, &["content_type", "title", "payload", "image_url"])?;
        match reply.text("content_type") {
            Some("text") => {
                reply.need("title", TITLE_MAX)?;
                reply.need("payload", PAYLOAD_MAX)?;
            }
            Some("user_phone_number" | "user_email") => {}
            _ => {
                return Err(GraphError::invalid(
                    "Param quick_replies[content_type] is not valid.",
                ));
            }
        }
    }
    Ok(())
}

/// What may be sent depends on when the person last wrote.
pub(super) fn check_window(
    page: &Page,
    message: &Message,
    now: Duration,
) -> Result<(), GraphError> {
    let within = |limit| {
        page.since_wrote(&message.to, now)
            .is_some_and(|since| since < limit)
    };
    let allowed = match (message.messaging_type.as_str(), message.tag.as_deref()) {
        ("MESSAGE_TAG", Some("HUMAN_AGENT")) => within(AGENT_WINDOW),
        ("MESSAGE_TAG", Some("CUSTOMER_FEEDBACK")) => message.feedback && within(AGENT_WINDOW),
        ("UTILITY" | "MESSAGE_TAG", _) => true,
        _ => within(WINDOW),
    };
    if allowed {
        return Ok(());
    }
    Err(GraphError::new(10).sub(2_018_278).saying(
        "(#10) This message is sent outside of allowed window. Learn more about the new policy here: https://developers.facebook.com/docs/messenger-platform/policy-overview",
    ))
}
