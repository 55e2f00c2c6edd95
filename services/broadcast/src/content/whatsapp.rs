use channels::whatsapp::{
    ButtonParameter, Header, Media, Parameter, ParameterValue, TemplateContent, TemplateMessage,
};
use events::{
    broadcasts::message_content::Content,
    common::{self, template_button::Value, template_header::Kind},
};

use super::{Links, Rendered, WrongContent, kind_of, not_empty};

const BUTTONS_MAX: u32 = 10;

/// Outside of a conversation that the person began, Meta takes templates only.
pub(super) fn render(content: &Content, links: &Links<'_>) -> Result<Rendered, WrongContent> {
    let template = match content {
        Content::Template(template) => template,
        Content::Text(_) | Content::Image(_) | Content::Card(_) => {
            return Err(WrongContent::Kind {
                index: 0,
                kind: kind_of(content),
                channel: "WhatsApp",
                allowed: "templates: outside of a conversation that the person began, Meta takes nothing else",
            });
        }
    };
    let header = template
        .header
        .as_ref()
        .and_then(|header| header.kind.as_ref());
    let buttons = template.buttons.iter().enumerate();
    let message = TemplateMessage {
        name: template.name.clone(),
        language: template.language.clone(),
        header: header.map(|header| match header {
            Kind::Text(text) => Header::Text(parameter(text)),
            Kind::ImageUrl(url) => Header::Image(Media::Link(url.clone())),
            Kind::VideoUrl(url) => Header::Video(Media::Link(url.clone())),
            Kind::DocumentUrl(url) => Header::Document {
                media: Media::Link(url.clone()),
                filename: None,
            },
        }),
        body: template.body.iter().map(parameter).collect(),
        buttons: buttons
            .map(|(place, given)| button(place, given, links))
            .collect::<Result<_, _>>()?,
        cards: Vec::new(),
    };
    Ok(Rendered::Whatsapp {
        content: TemplateContent::try_new(&message)?,
        message: Box::new(message),
    })
}

fn button(
    place: usize,
    button: &common::TemplateButton,
    links: &Links<'_>,
) -> Result<ButtonParameter, WrongContent> {
    let field = format!("messages[0].template.buttons[{place}]");
    let index = u8::try_from(button.index).ok();
    let index = index.filter(|index| u32::from(*index) < BUTTONS_MAX);
    let index = index.ok_or_else(|| WrongContent::ButtonIndex {
        field: format!("{field}.index"),
        value: button.index,
    })?;
    match &button.value {
        Some(Value::UrlSuffix(suffix)) => Ok(ButtonParameter::UrlSuffix {
            index,
            suffix: links.in_suffix(suffix),
        }),
        Some(Value::Payload(payload)) => Ok(ButtonParameter::QuickReply {
            index,
            payload: payload.clone(),
        }),
        Some(Value::CopyCode(code)) => Ok(ButtonParameter::CopyCode {
            index,
            code: code.clone(),
        }),
        None => Err(WrongContent::NoAction(field)),
    }
}

fn parameter(parameter: &common::TemplateParameter) -> Parameter {
    Parameter {
        name: not_empty(&parameter.name),
        value: ParameterValue::Text(parameter.text.clone()),
    }
}
