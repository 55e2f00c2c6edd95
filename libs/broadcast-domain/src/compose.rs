use events::{
    broadcasts::{
        ImageContent, MessageContent, TextContent, TrackedLink, message_content::Content,
    },
    to_bytes,
};
use uuid::Uuid;

const LINKS_MAX: usize = 20;
const URL_CHARS_MAX: usize = 1000;
const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// A message as a marketer wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// `{{https://shop.example/new}}` in it is a link whose clicks count.
    Text { text: String },
    Image {
        original_url: String,
        preview_url: String,
    },
}

/// Messages as they are stored: links are numbered, and their targets stand apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Composed {
    pub messages: Vec<MessageContent>,
    pub links: Vec<TrackedLink>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    #[error("messages[{message}].text: `{{{{` without its `}}}}`")]
    Unclosed { message: usize },
    #[error(
        "messages[{message}].text: `{url}` is not an http or https address of at most 1000 characters"
    )]
    NotALink { message: usize, url: String },
    #[error("messages: {0} links, more than {LINKS_MAX}")]
    TooManyLinks(usize),
    #[error("messages[{message}].text: `{{link:` is kept for Fanfare itself; write it otherwise")]
    Reserved { message: usize },
}

/// Takes the links out of what was written. Their ids follow from the broadcast's, so that a
/// repeated command composes the same.
pub fn compose(broadcast_id: Uuid, written: &[Written]) -> Result<Composed, ComposeError> {
    let mut composed = Composed::default();
    for (message, written) in written.iter().enumerate() {
        let content = match written {
            Written::Text { text } => Content::Text(TextContent {
                text: take_links(broadcast_id, message, text, &mut composed.links)?,
            }),
            Written::Image {
                original_url,
                preview_url,
            } => Content::Image(ImageContent {
                original_url: original_url.clone(),
                preview_url: preview_url.clone(),
            }),
        };
        composed.messages.push(MessageContent {
            content: Some(content),
            quick_replies: Vec::new(),
        });
    }
    if composed.links.len() > LINKS_MAX {
        return Err(ComposeError::TooManyLinks(composed.links.len()));
    }
    Ok(composed)
}

fn take_links(
    broadcast_id: Uuid,
    message: usize,
    text: &str,
    links: &mut Vec<TrackedLink>,
) -> Result<String, ComposeError> {
    if text.contains("{link:") {
        return Err(ComposeError::Reserved { message });
    }
    let mut stored = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (url, after) = after
            .split_once(CLOSE)
            .ok_or(ComposeError::Unclosed { message })?;
        let url = url.trim();
        if !is_link(url) {
            let url = url.to_owned();
            return Err(ComposeError::NotALink { message, url });
        }
        let number = links.len() + 1;
        links.push(TrackedLink {
            link_id: to_bytes(Uuid::new_v5(
                &broadcast_id,
                format!("link/{number}").as_bytes(),
            )),
            target_url: url.to_owned(),
        });
        stored.push_str(before);
        stored.push_str(&place(number));
        rest = after;
    }
    stored.push_str(rest);
    Ok(stored)
}

fn place(number: usize) -> String {
    format!("{{link:{number}}}")
}

fn is_link(url: &str) -> bool {
    let address = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    // A header has no room for spaces and control characters; what is not ASCII is to be encoded.
    address.is_some_and(|address| !address.is_empty())
        && url.len() <= URL_CHARS_MAX
        && url.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A text as it is sent: each link's place is taken by the address that counts its clicks.
#[must_use]
pub fn render(text: &str, links: &[TrackedLink], address: impl Fn(Uuid) -> String) -> String {
    let mut rendered = text.to_owned();
    for (number, link) in (1..).zip(links) {
        rendered = rendered.replace(&place(number), &address(events::id(&link.link_id)));
    }
    rendered
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(7);

    fn text(text: &str) -> Written {
        Written::Text {
            text: text.to_owned(),
        }
    }

    fn stored(composed: &Composed, message: usize) -> &str {
        match composed.messages[message].content.as_ref().unwrap() {
            Content::Text(text) => &text.text,
            Content::Image(_) | Content::Card(_) | Content::Template(_) => panic!("not a text"),
        }
    }

    #[test]
    fn links_are_numbered_over_all_messages() {
        let written = [
            text("a {{https://x.example/1}} b"),
            text("{{ https://x.example/2 }}"),
        ];
        let composed = compose(ID, &written).unwrap();
        assert_eq!(
            (stored(&composed, 0), stored(&composed, 1)),
            ("a {link:1} b", "{link:2}")
        );
        let rendered = render(stored(&composed, 0), &composed.links, |_| {
            "https://l.example/r/t".to_owned()
        });
        assert_eq!(rendered, "a https://l.example/r/t b");
        assert_eq!(
            compose(ID, &written),
            Ok(composed),
            "a repeat composes the same"
        );
    }

    #[test]
    fn what_is_no_link_is_refused_by_its_place() {
        let refused = |written: &str| compose(ID, &[text("fine"), text(written)]).unwrap_err();
        assert_eq!(
            refused("{{https://x.example"),
            ComposeError::Unclosed { message: 1 }
        );
        assert_eq!(refused("{link:1}"), ComposeError::Reserved { message: 1 });
        for url in [
            "javascript:alert(1)",
            "https://",
            "https://x.example/a b",
            "ftp://x",
            "",
        ] {
            let url = url.to_owned();
            assert_eq!(
                refused(&format!("{{{{{url}}}}}")),
                ComposeError::NotALink { message: 1, url }
            );
        }
    }
}
