//! What a broadcast says, in the form of its channel.

mod line;
mod messenger;
mod rendered;
mod whatsapp;

use broadcast_domain::{ComposeError, Composed, Written, compose, link_token, render};
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
    #[error("messages[{0}] is empty: give a text, an image, a card or a template")]
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
    #[error("{0} is empty: give it a url or a payload")]
    NoAction(String),
    #[error("{field} is {value}: a template has at most 10 buttons")]
    ButtonIndex { field: String, value: u32 },
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
) -> Result<Composed, WrongContent> {
    let written: Vec<Written> = messages
        .iter()
        .enumerate()
        .map(|(place, message)| match &message.content {
            Some(message::Content::Text(text)) => Ok(Written::Text {
                text: text.text.clone(),
            }),
            Some(message::Content::Image(image)) => Ok(Written::Image {
                original_url: image.original_url.clone(),
                preview_url: image.preview_url.clone(),
            }),
            Some(message::Content::Card(card)) => Ok(Written::Card(card.clone())),
            Some(message::Content::Template(template)) => Ok(Written::Template(template.clone())),
            None => Err(WrongContent::Empty(place)),
        })
        .collect::<Result<_, _>>()?;
    let composed = compose(broadcast_id, &written)?;
    rendered(channel, &composed.messages, &composed.links, links)?;
    Ok(composed)
}

/// The messages as the channel takes them. The same messages always come out the same.
pub(crate) fn rendered(
    channel: Channel,
    messages: &[MessageContent],
    links: &[TrackedLink],
    config: &LinksConfig,
) -> Result<Rendered, WrongContent> {
    let links = Links { links, config };
    let contents: Vec<&Content> = messages
        .iter()
        .filter_map(|message| message.content.as_ref())
        .collect();
    match channel {
        Channel::Line => line::render(&contents, &links),
        Channel::Messenger => messenger::render(only("Messenger", &contents)?, &links),
        Channel::Whatsapp => whatsapp::render(only("WhatsApp", &contents)?, &links),
        Channel::Email | Channel::Unspecified => Err(WrongContent::Channel),
    }
}

/// A call is for one message to one person: were there several, a lost answer to one would leave half of them in doubt.
fn only<'a>(channel: &'static str, contents: &[&'a Content]) -> Result<&'a Content, WrongContent> {
    match contents {
        [content] => Ok(content),
        _ => Err(WrongContent::Count {
            channel,
            count: contents.len(),
        }),
    }
}

/// What stands for tracked links in what people get.
struct Links<'a> {
    links: &'a [TrackedLink],
    config: &'a LinksConfig,
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
        link_token(self.config.secret.expose_secret().as_bytes(), link_id)
    }
}

fn kind_of(content: &Content) -> &'static str {
    match content {
        Content::Text(_) => "a text",
        Content::Image(_) => "an image",
        Content::Card(_) => "a card",
        Content::Template(_) => "a template",
    }
}

fn not_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
