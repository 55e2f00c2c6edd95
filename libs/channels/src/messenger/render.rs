use serde_json::{Map, Value, json};

use super::content::{
    Button, Card, Image, Message, MessageContent, UtilityButton, UtilityParameter, UtilityTemplate,
};

/// The `message` of a request, without its metadata.
pub(super) fn render(message: &Message) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value| drop(fields.insert(name.to_owned(), value));
    match &message.content {
        MessageContent::Text { text } => put("text", json!(text)),
        MessageContent::Image(image) => put("attachment", attachment("image", &self::image(image))),
        MessageContent::Buttons { text, buttons } => {
            let buttons: Vec<Value> = buttons.iter().map(button).collect();
            let payload = json!({"template_type": "button", "text": text, "buttons": buttons});
            put("attachment", attachment("template", &payload));
        }
        MessageContent::Cards(cards) => {
            let elements: Vec<Value> = cards.iter().map(card).collect();
            let payload = json!({"template_type": "generic", "elements": elements});
            put("attachment", attachment("template", &payload));
        }
        MessageContent::Utility(template) => put("template", utility(template)),
    }
    let replies = message.quick_replies.iter().map(
        |reply| json!({"content_type": "text", "title": reply.title, "payload": reply.payload}),
    );
    let replies: Vec<Value> = replies.collect();
    if !replies.is_empty() {
        put("quick_replies", Value::Array(replies));
    }
    fields
}

fn attachment(kind: &str, payload: &Value) -> Value {
    json!({"type": kind, "payload": payload})
}

fn image(image: &Image) -> Value {
    match image {
        Image::Attachment { id } => json!({"attachment_id": id}),
        Image::Url { url } => json!({"url": url}),
    }
}

fn card(card: &Card) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value| drop(fields.insert(name.to_owned(), value));
    put("title", json!(card.title));
    if let Some(subtitle) = &card.subtitle {
        put("subtitle", json!(subtitle));
    }
    if let Some(url) = &card.image_url {
        put("image_url", json!(url));
    }
    if let Some(url) = &card.tap_url {
        put("default_action", json!({"type": "web_url", "url": url}));
    }
    if !card.buttons.is_empty() {
        let buttons: Vec<Value> = card.buttons.iter().map(button).collect();
        put("buttons", Value::Array(buttons));
    }
    Value::Object(fields)
}

fn button(button: &Button) -> Value {
    match button {
        Button::Url { title, url } => json!({"type": "web_url", "url": url, "title": title}),
        Button::Postback { title, payload } => {
            json!({"type": "postback", "title": title, "payload": payload})
        }
    }
}

/// Its buttons are one component, unlike WhatsApp's.
fn utility(template: &UtilityTemplate) -> Value {
    let mut components = Vec::new();
    for (kind, parameters) in [("header", &template.header), ("body", &template.body)] {
        if !parameters.is_empty() {
            let parameters: Vec<Value> = parameters.iter().map(parameter).collect();
            components.push(json!({"type": kind, "parameters": parameters}));
        }
    }
    if !template.buttons.is_empty() {
        let buttons = template.buttons.iter().map(|button| match button {
            UtilityButton::UrlSuffix(suffix) => json!({"type": "URL", "url": suffix}),
            UtilityButton::Postback { payload } => json!({"type": "POSTBACK", "payload": payload}),
        });
        let buttons: Vec<Value> = buttons.collect();
        components.push(json!({"type": "buttons", "parameters": buttons}));
    }
    json!({"name": template.name, "language": {"code": template.language}, "components": components})
}

fn parameter(parameter: &UtilityParameter) -> Value {
    match &parameter.name {
        Some(name) => json!({"type": "text", "parameter_name": name, "text": parameter.text}),
        None => json!({"type": "text", "text": parameter.text}),
    }
}
