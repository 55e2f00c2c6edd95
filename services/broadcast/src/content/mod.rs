//! What a broadcast says, in the form of its channel.

mod email;
mod line;
mod messenger;
mod rendered;
mod whatsapp;

use broadcast_domain::{
    ComposeError, Composed, Draft, Written, WrittenContent, compose, link_token,
    personal_link_token, render,
};
use channels::ContentErrors;
use events::{
    broadcasts::{MessageContent, TrackedLink, message_content::Content},
    common::Channel,
};
use proto::broadcast::v1::{Message, message};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

pub(crate) use self::rendered::Rendered;
use crate::LinksConfig;

/// Why messages can't be sent. Names the field, the limit and the value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WrongContent {
    #[error(
        "messages[{0}] is empty: give a text, an image, a card, a carousel, a template or a mail"
    )]
    Empty(usize),
    #[error("messages[{index}] is {kind}; {channel} broadcasts are {allowed}")]
    Kind {
        index: usize,
        kind: &'static str,
        channel: &'static str,
        allowed: &'static str,
    },
    #[error("messages must be 1 for {channel}, not {count}")]
    Count { channel: &'static str, count: usize },
    #[error("messages[0].quick_replies must be none for WhatsApp: a template has its own buttons")]
    QuickReplies,
    #[error("messages[0].quick_replies must be none for e-mail: a mail has links")]
    QuickRepliesOfMail,
    #[error("{0} is empty: give it a url or a payload")]
    NoAction(String),
    #[error("{field} is {value}: a template has at most 10 buttons")]
    ButtonIndex { field: String, value: u32 },
    #[error("personal_links are only to be had on LINE")]
    PersonalLinks,
    #[error(
        "personal_links are asked for, and no message has a tracked link, written {{{{https://…}}}}"
    )]
    NoLinks,
    #[error("nothing can be sent to accounts of this channel yet")]
    Channel,
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error(transparent)]
    Limits(#[from] ContentErrors),
}

/// Takes the links out of what a marketer wrote, and checks it against the channel's limits as it will
/// be sent: an address that counts clicks is longer or shorter than the one it leads to.
pub(crate) fn parse(
    channel: Channel,
    broadcast_id: Uuid,
    messages: &[Message],
    links: &LinksConfig,
    personal_links: bool,
) -> Result<Composed, WrongContent> {
    let written: Vec<Written> = messages
        .iter()
        .enumerate()
        .map(|(place, message)| written(place, message))
        .collect::<Result<_, _>>()?;
    let composed = compose(broadcast_id, &written)?;
    if personal_links && channel != Channel::Line {
        return Err(WrongContent::PersonalLinks);
    }
    if personal_links && composed.links.is_empty() {
        return Err(WrongContent::NoLinks);
    }
    rendered(
        channel,
        &composed.messages,
        &composed.links,
        links,
        personal_links,
    )?;
    Ok(composed)
}

fn written(place: usize, message: &Message) -> Result<Written, WrongContent> {
    let content = match &message.content {
        Some(message::Content::Text(text)) => WrittenContent::Text {
            text: text.text.clone(),
        },
        Some(message::Content::Image(image)) => WrittenContent::Image {
            original_url: image.original_url.clone(),
            preview_url: image.preview_url.clone(),
        },
        Some(message::Content::Card(card)) => WrittenContent::Card(card.clone()),
        Some(message::Content::Carousel(carousel)) => WrittenContent::Carousel(carousel.clone()),
        Some(message::Content::Template(template)) => WrittenContent::Template(template.clone()),
        Some(message::Content::Mail(mail)) => WrittenContent::Mail(mail.clone()),
        None => return Err(WrongContent::Empty(place)),
    };
    Ok(Written {
        content,
        quick_replies: message.quick_replies.clone(),
    })
}

/// What was drafted as its channel takes it.
pub(crate) fn of_draft(draft: &Draft, config: &LinksConfig) -> Result<Rendered, WrongContent> {
    let (messages, links) = (&draft.messages, &draft.links);
    rendered(draft.channel, messages, links, config, draft.personal_links)
}

/// The messages as the channel takes them. The same messages always come out the same.
fn rendered(
    channel: Channel,
    messages: &[MessageContent],
    links: &[TrackedLink],
    config: &LinksConfig,
    personal_links: bool,
) -> Result<Rendered, WrongContent> {
    let links = Links {
        links,
        config,
        personal: personal_links,
    };
    match channel {
        Channel::Line => line::render(messages, &links),
        Channel::Messenger => messenger::render(only("Messenger", messages)?, &links),
        Channel::Whatsapp => whatsapp::render(only("WhatsApp", messages)?, &links),
        Channel::Email => email::render(only("e-mail", messages)?, &links),
        Channel::Unspecified => Err(WrongContent::Channel),
    }
}

/// A call is for one message to one person: were there several, a lost answer to one would leave half of them in doubt.
fn only<'a>(
    channel: &'static str,
    messages: &'a [MessageContent],
) -> Result<&'a MessageContent, WrongContent> {
    match messages {
        [message] => Ok(message),
        _ => Err(WrongContent::Count {
            channel,
            count: messages.len(),
        }),
    }
}

/// Of a message that was stored. Those that were stored have one.
fn content(index: usize, message: &MessageContent) -> Result<&Content, WrongContent> {
    let content = message.content.as_ref();
    content.ok_or(WrongContent::Empty(index))
}

/// What stands for tracked links in what people get.
struct Links<'a> {
    links: &'a [TrackedLink],
    config: &'a LinksConfig,
    /// Nobody's stand for each person's own, which are as long.
    personal: bool,
}

impl Links<'_> {
    fn in_text(&self, text: &str) -> String {
        let base = self.config.base_url.trim_end_matches('/');
        render(text, self.links, |link_id| {
            format!("{base}/r/{}", self.token(link_id))
        })
    }

    /// Where the rest of the address is the template's.
    fn in_suffix(&self, suffix: &str) -> String {
        render(suffix, self.links, |link_id| self.token(link_id))
    }

    fn token(&self, link_id: Uuid) -> String {
        let secret = self.config.secret.expose_secret().as_bytes();
        if self.personal {
            return personal_link_token(secret, link_id, Uuid::nil());
        }
        link_token(secret, link_id)
    }
}

fn kind_of(content: &Content) -> &'static str {
    match content {
        Content::Text(_) => "a text",
        Content::Image(_) => "an image",
        Content::Card(_) => "a card",
        Content::Carousel(_) => "a carousel",
        Content::Template(_) => "a template",
        Content::Mail(_) => "a mail",
    }
}

fn not_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
