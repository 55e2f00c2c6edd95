use channels::line::{Button, Card, MessageContent, messages_json};
use events::{
    broadcasts::message_content::Content,
    common::{self, card_button::Action},
};

use super::{Links, Rendered, WrongContent, kind_of, not_empty};

pub(super) fn render(contents: &[&Content], links: &Links<'_>) -> Result<Rendered, WrongContent> {
    let contents: Vec<MessageContent> = contents
        .iter()
        .enumerate()
        .map(|(index, content)| match content {
            Content::Text(text) => Ok(MessageContent::Text {
                text: links.in_text(&text.text),
            }),
            Content::Image(image) => Ok(MessageContent::Image {
                original_url: image.original_url.clone(),
                preview_url: image.preview_url.clone(),
            }),
            Content::Card(shown) => card(index, shown, links).map(MessageContent::Card),
            Content::Template(_) => Err(WrongContent::Kind {
                index,
                kind: kind_of(content),
                channel: "LINE",
                allowed: "texts, images and cards",
            }),
        })
        .collect::<Result<_, _>>()?;
    Ok(Rendered::Line(messages_json(&contents)?))
}

fn card(index: usize, card: &common::Card, links: &Links<'_>) -> Result<Card, WrongContent> {
    let buttons = card.buttons.iter().enumerate().map(|(place, button)| {
        let label = button.label.clone();
        match &button.action {
            Some(Action::Url(url)) => Ok(Button::Url {
                label,
                url: links.in_text(url),
            }),
            Some(Action::Payload(data)) => Ok(Button::Postback {
                label,
                data: data.clone(),
            }),
            None => Err(WrongContent::NoAction(format!(
                "messages[{index}].card.buttons[{place}]"
            ))),
        }
    });
    Ok(Card {
        title: not_empty(&card.title),
        text: card.text.clone(),
        image_url: not_empty(&card.image_url),
        buttons: buttons.collect::<Result<_, _>>()?,
    })
}
