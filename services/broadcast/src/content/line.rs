use channels::line::{Button, Card, Message, MessageContent, QuickReply, messages_json};
use events::{
    broadcasts::{self, message_content::Content},
    common::{self, card_button::Action},
};

use super::{Links, Rendered, WrongContent, content, kind_of, not_empty};

pub(super) fn render(
    messages: &[broadcasts::MessageContent],
    links: &Links<'_>,
) -> Result<Rendered, WrongContent> {
    let messages: Vec<Message> = messages
        .iter()
        .enumerate()
        .map(|(index, message)| one(index, message, links))
        .collect::<Result<_, _>>()?;
    Ok(Rendered::Line(messages_json(&messages)?))
}

fn one(
    index: usize,
    message: &broadcasts::MessageContent,
    links: &Links<'_>,
) -> Result<Message, WrongContent> {
    let at = format!("messages[{index}]");
    let content = match content(index, message)? {
        Content::Text(text) => MessageContent::Text {
            text: links.in_text(&text.text),
        },
        Content::Image(image) => MessageContent::Image {
            original_url: image.original_url.clone(),
            preview_url: image.preview_url.clone(),
        },
        Content::Card(shown) => MessageContent::Card(card(&format!("{at}.card"), shown, links)?),
        Content::Carousel(carousel) => {
            let cards = carousel.cards.iter().enumerate();
            let cards = cards
                .map(|(place, shown)| card(&format!("{at}.carousel.cards[{place}]"), shown, links));
            MessageContent::Carousel(cards.collect::<Result<_, _>>()?)
        }
        content @ (Content::Template(_) | Content::Mail(_)) => {
            return Err(WrongContent::Kind {
                index,
                kind: kind_of(content),
                channel: "LINE",
                allowed: "texts, images, cards and carousels",
            });
        }
    };
    let replies = message.quick_replies.iter().map(|reply| QuickReply {
        label: reply.label.clone(),
        data: reply.payload.clone(),
    });
    Ok(Message {
        content,
        quick_replies: replies.collect(),
    })
}

fn card(at: &str, card: &common::Card, links: &Links<'_>) -> Result<Card, WrongContent> {
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
            None => Err(WrongContent::NoAction(format!("{at}.buttons[{place}]"))),
        }
    });
    Ok(Card {
        title: not_empty(&card.title),
        text: card.text.clone(),
        image_url: not_empty(&card.image_url),
        buttons: buttons.collect::<Result<_, _>>()?,
    })
}
