use channels::whatsapp::{
    ButtonParameter, Card, Header, Media, Parameter, ParameterValue, TemplateContent,
    TemplateMessage,
};
use events::{
    broadcasts::{self, message_content::Content},
    common::{self, template_button::Value, template_header::Kind},
};

use super::{Links, Rendered, WrongContent, content, kind_of, not_empty};

const BUTTONS_MAX: u32 = 10;

/// Outside of a conversation that the person began, Meta takes templates only.
pub(super) fn render(
    message: &broadcasts::MessageContent,
    links: &Links<'_>,
) -> Result<Rendered, WrongContent> {
    let template = match content(0, message)? {
        Content::Template(template) => template,
        content @ (Content::Text(_)
        | Content::Image(_)
        | Content::Card(_)
        | Content::Carousel(_)
        | Content::Mail(_)) => {
            return Err(WrongContent::Kind {
                index: 0,
                kind: kind_of(content),
                channel: "WhatsApp",
                allowed: "templates: outside of a conversation that the person began, Meta takes nothing else",
            });
        }
    };
    if !message.quick_replies.is_empty() {
        return Err(WrongContent::QuickReplies);
    }
    let at = "messages[0].template";
    let cards = template.cards.iter().enumerate();
    let message = TemplateMessage {
        name: template.name.clone(),
        language: template.language.clone(),
        header: header(template.header.as_ref()),
        body: template.body.iter().map(parameter).collect(),
        buttons: buttons(at, &template.buttons, links)?,
        cards: cards
            .map(|(place, shown)| card(&format!("{at}.cards[{place}]"), shown, links))
            .collect::<Result<_, _>>()?,
    };
    Ok(Rendered::Whatsapp {
        content: TemplateContent::try_new(&message)?,
        message: Box::new(message),
    })
}

fn card(at: &str, card: &common::TemplateCard, links: &Links<'_>) -> Result<Card, WrongContent> {
    Ok(Card {
        header: header(card.header.as_ref()),
        body: card.body.iter().map(parameter).collect(),
        buttons: buttons(at, &card.buttons, links)?,
    })
}

fn header(header: Option<&common::TemplateHeader>) -> Option<Header> {
    Some(match header?.kind.as_ref()? {
        Kind::Text(text) => Header::Text(parameter(text)),
        Kind::ImageUrl(url) => Header::Image(Media::Link(url.clone())),
        Kind::VideoUrl(url) => Header::Video(Media::Link(url.clone())),
        Kind::DocumentUrl(url) => Header::Document {
            media: Media::Link(url.clone()),
            filename: None,
        },
    })
}

fn buttons(
    at: &str,
    buttons: &[common::TemplateButton],
    links: &Links<'_>,
) -> Result<Vec<ButtonParameter>, WrongContent> {
    let buttons = buttons.iter().enumerate();
    buttons
        .map(|(place, given)| button(&format!("{at}.buttons[{place}]"), given, links))
        .collect()
}

fn button(
    field: &str,
    button: &common::TemplateButton,
    links: &Links<'_>,
) -> Result<ButtonParameter, WrongContent> {
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
        None => Err(WrongContent::NoAction(field.to_owned())),
    }
}

fn parameter(parameter: &common::TemplateParameter) -> Parameter {
    Parameter {
        name: not_empty(&parameter.name),
        value: ParameterValue::Text(parameter.text.clone()),
    }
}
