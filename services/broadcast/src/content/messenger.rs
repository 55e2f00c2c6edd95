use channels::messenger::{
    BodyError, Button, Card, Image, Message, MessageContent, MessagingType, Prepared, QuickReply,
    UtilityButton, UtilityParameter, UtilityTemplate,
};
use events::{
    broadcasts::{self, message_content::Content},
    common::{self, card_button::Action, template_button::Value, template_header::Kind},
};

use super::{Links, Rendered, WrongContent, content, kind_of, not_empty};

/// A utility template may be sent at any time; anything else within 24 hours of a person's last message. The tags
/// that took its place before ended on 27 April 2026.
pub(super) fn render(
    message: &broadcasts::MessageContent,
    links: &Links<'_>,
) -> Result<Rendered, WrongContent> {
    let (content, template) = match content(0, message)? {
        Content::Text(text) => {
            let text = links.in_text(&text.text);
            (MessageContent::Text { text }, None)
        }
        Content::Image(image) => {
            let url = image.original_url.clone();
            (MessageContent::Image(Image::Url { url }), None)
        }
        Content::Card(shown) => {
            let card = card("messages[0].card", shown, links)?;
            (MessageContent::Cards(vec![card]), None)
        }
        Content::Carousel(carousel) => {
            let cards = carousel.cards.iter().enumerate();
            let cards = cards.map(|(place, shown)| {
                card(
                    &format!("messages[0].carousel.cards[{place}]"),
                    shown,
                    links,
                )
            });
            (
                MessageContent::Cards(cards.collect::<Result<_, _>>()?),
                None,
            )
        }
        Content::Template(template) => {
            let key = (template.name.clone(), template.language.clone());
            (
                MessageContent::Utility(utility(template, links)?),
                Some(key),
            )
        }
        content @ Content::Mail(_) => {
            return Err(WrongContent::Kind {
                index: 0,
                kind: kind_of(content),
                channel: "Messenger",
                allowed: "texts, images, cards, carousels and templates",
            });
        }
    };
    let messaging_type = match content {
        MessageContent::Utility(_) => MessagingType::Utility,
        MessageContent::Text { .. }
        | MessageContent::Image(_)
        | MessageContent::Buttons { .. }
        | MessageContent::Cards(_) => MessagingType::Update,
    };
    let replies = message.quick_replies.iter().map(|reply| QuickReply {
        title: reply.label.clone(),
        payload: reply.payload.clone(),
    });
    let message = Message {
        content,
        quick_replies: replies.collect(),
    };
    let prepared = match Prepared::try_new(messaging_type, None, &message) {
        Ok(prepared) => prepared,
        Err(BodyError::Content(errors)) => return Err(errors.into()),
        // Neither depends on the content.
        Err(
            BodyError::Recipient { .. } | BodyError::Correlation { .. } | BodyError::MessagingType,
        ) => return Err(WrongContent::Channel),
    };
    Ok(Rendered::Messenger {
        prepared,
        messaging_type,
        template,
    })
}

fn card(at: &str, card: &common::Card, links: &Links<'_>) -> Result<Card, WrongContent> {
    let buttons = card.buttons.iter().enumerate().map(|(place, button)| {
        let title = button.label.clone();
        match &button.action {
            Some(Action::Url(url)) => Ok(Button::Url {
                title,
                url: links.in_text(url),
            }),
            Some(Action::Payload(payload)) => Ok(Button::Postback {
                title,
                payload: payload.clone(),
            }),
            None => Err(WrongContent::NoAction(format!("{at}.buttons[{place}]"))),
        }
    });
    Ok(Card {
        title: card.title.clone(),
        subtitle: not_empty(&card.text),
        image_url: not_empty(&card.image_url),
        tap_url: None,
        buttons: buttons.collect::<Result<_, _>>()?,
    })
}

fn utility(
    template: &common::Template,
    links: &Links<'_>,
) -> Result<UtilityTemplate, WrongContent> {
    let header = template
        .header
        .as_ref()
        .and_then(|header| header.kind.as_ref());
    let header = match header {
        Some(Kind::Text(text)) => vec![parameter(text)],
        Some(Kind::ImageUrl(_) | Kind::VideoUrl(_) | Kind::DocumentUrl(_)) => {
            return Err(WrongContent::Kind {
                index: 0,
                kind: "a template with more than a text in its header",
                channel: "Messenger",
                allowed: "templates with a text in it, texts, images, cards and carousels",
            });
        }
        None => Vec::new(),
    };
    if !template.cards.is_empty() {
        return Err(WrongContent::Kind {
            index: 0,
            kind: "a template with cards",
            channel: "Messenger",
            allowed: "templates without, texts, images, cards and carousels",
        });
    }
    let buttons = template.buttons.iter().enumerate().map(|(place, button)| {
        Ok(match &button.value {
            Some(Value::UrlSuffix(suffix)) => UtilityButton::UrlSuffix(links.in_suffix(suffix)),
            Some(Value::Payload(payload)) => UtilityButton::Postback {
                payload: payload.clone(),
            },
            Some(Value::CopyCode(_)) | None => {
                return Err(WrongContent::NoAction(format!(
                    "messages[0].template.buttons[{place}]"
                )));
            }
        })
    });
    Ok(UtilityTemplate {
        name: template.name.clone(),
        language: template.language.clone(),
        header,
        body: template.body.iter().map(parameter).collect(),
        buttons: buttons.collect::<Result<_, _>>()?,
    })
}

fn parameter(parameter: &common::TemplateParameter) -> UtilityParameter {
    UtilityParameter {
        name: not_empty(&parameter.name),
        text: parameter.text.clone(),
    }
}
