use broadcast_domain::{ComposeError, Composed, Written, compose, link_token, render};
use channels::line::{self, ContentErrors, messages_json};
use events::broadcasts::{MessageContent, TrackedLink, message_content::Content};
use proto::broadcast::v1::{Message, message};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use crate::LinksConfig;

/// Why messages can't be sent. Names the field, the limit and the value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WrongContent {
    #[error("messages[{0}] is empty: give a text or an image")]
    Empty(usize),
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error(transparent)]
    Channel(#[from] ContentErrors),
}

/// Takes the links out of what a marketer wrote, and checks it against LINE's limits as it will
/// be sent: an address that counts clicks is longer or shorter than the one it leads to.
pub(crate) fn parse(
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
            None => Err(WrongContent::Empty(place)),
        })
        .collect::<Result<_, _>>()?;
    let composed = compose(broadcast_id, &written)?;
    rendered_json(&composed.messages, &composed.links, links)?;
    Ok(composed)
}

/// The messages as LINE takes them. The same messages always make the same text.
pub(crate) fn rendered_json(
    messages: &[MessageContent],
    links: &[TrackedLink],
    config: &LinksConfig,
) -> Result<String, ContentErrors> {
    let contents: Vec<line::MessageContent> = messages
        .iter()
        .filter_map(|message| message.content.as_ref())
        .filter_map(|content| match content {
            Content::Text(text) => Some(line::MessageContent::Text {
                text: render(&text.text, links, |link_id| address(config, link_id)),
            }),
            Content::Image(image) => Some(line::MessageContent::Image {
                original_url: image.original_url.clone(),
                preview_url: image.preview_url.clone(),
            }),
            // Not drafted yet.
            Content::Card(_) | Content::Template(_) => None,
        })
        .collect();
    messages_json(&contents)
}

fn address(config: &LinksConfig, link_id: Uuid) -> String {
    let token = link_token(config.secret.expose_secret().as_bytes(), link_id);
    format!("{}/r/{token}", config.base_url.trim_end_matches('/'))
}
