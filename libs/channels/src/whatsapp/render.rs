use serde_json::{Value, json};

use super::message::{
    ButtonParameter, Card, Header, Media, Parameter, ParameterValue, TemplateMessage,
};

/// The `template` of a request.
pub(super) fn render(message: &TemplateMessage) -> Value {
    let mut components = components(message.header.as_ref(), &message.body, &message.buttons);
    if !message.cards.is_empty() {
        let cards: Vec<Value> = message.cards.iter().enumerate().map(card).collect();
        components.push(json!({"type": "carousel", "cards": cards}));
    }
    let mut template = json!({"name": message.name, "language": {"code": message.language}});
    if !components.is_empty() {
        template["components"] = Value::Array(components);
    }
    template
}

fn card((index, card): (usize, &Card)) -> Value {
    let components = components(card.header.as_ref(), &card.body, &card.buttons);
    json!({"card_index": index, "components": components})
}

fn components(
    header: Option<&Header>,
    body: &[Parameter],
    buttons: &[ButtonParameter],
) -> Vec<Value> {
    let mut components = Vec::new();
    if let Some(header) = header {
        components.push(json!({"type": "header", "parameters": [self::header(header)]}));
    }
    if !body.is_empty() {
        let body: Vec<Value> = body.iter().map(parameter).collect();
        components.push(json!({"type": "body", "parameters": body}));
    }
    components.extend(buttons.iter().map(button));
    components
}

fn header(header: &Header) -> Value {
    match header {
        Header::Text(text) => parameter(text),
        Header::Image(media) => json!({"type": "image", "image": self::media(media)}),
        Header::Video(media) => json!({"type": "video", "video": self::media(media)}),
        Header::Document { media, filename } => {
            let mut document = self::media(media);
            if let Some(filename) = filename {
                document["filename"] = json!(filename);
            }
            json!({"type": "document", "document": document})
        }
    }
}

fn media(media: &Media) -> Value {
    match media {
        Media::Id(id) => json!({"id": id}),
        Media::Link(link) => json!({"link": link}),
    }
}

fn parameter(parameter: &Parameter) -> Value {
    let mut rendered = match &parameter.value {
        ParameterValue::Text(text) => json!({"type": "text", "text": text}),
        ParameterValue::Currency {
            fallback,
            code,
            amount_1000,
        } => {
            let currency =
                json!({"fallback_value": fallback, "code": code, "amount_1000": amount_1000});
            json!({"type": "currency", "currency": currency})
        }
        ParameterValue::DateTime { fallback } => {
            json!({"type": "date_time", "date_time": {"fallback_value": fallback}})
        }
    };
    if let Some(name) = &parameter.name {
        rendered["parameter_name"] = json!(name);
    }
    rendered
}

/// The index is a string, as in Meta's own examples.
fn button(button: &ButtonParameter) -> Value {
    let (kind, parameter) = match button {
        ButtonParameter::UrlSuffix { suffix, .. } => {
            ("url", json!({"type": "text", "text": suffix}))
        }
        ButtonParameter::QuickReply { payload, .. } => (
            "quick_reply",
            json!({"type": "payload", "payload": payload}),
        ),
        ButtonParameter::CopyCode { code, .. } => (
            "copy_code",
            json!({"type": "coupon_code", "coupon_code": code}),
        ),
    };
    let index = button.index().to_string();
    json!({"type": "button", "sub_type": kind, "index": index, "parameters": [parameter]})
}
