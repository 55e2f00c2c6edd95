use events::{
    broadcasts::{
        ImageContent, MessageContent, TextContent, TrackedLink, message_content::Content,
    },
    common::{
        Card, Carousel, Mail, QuickReply, Template, TemplateButton, card_button::Action,
        template_button::Value,
    },
    to_bytes,
};
use uuid::Uuid;

use crate::link_token::personal_link_token;

const LINKS_MAX: usize = 20;
const URL_CHARS_MAX: usize = 1000;
const OPEN: &str = "{{";
const CLOSE: &str = "}}";
/// How a marketer writes the person's own link to leave.
const UNSUBSCRIBE: &str = "unsubscribe";
/// Where that link stands in a mail, until it is sent.
pub const UNSUBSCRIBE_PLACE: &str = "{link:unsubscribe}";

/// A message as a marketer wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    pub content: WrittenContent,
    pub quick_replies: Vec<QuickReply>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum WrittenContent {
    /// `{{https://shop.example/new}}` in it is a link whose clicks count.
    Text { text: String },
    Image {
        original_url: String,
        preview_url: String,
    },
    /// The address of a button may be such a link.
    Card(Card),
    /// The same.
    Carousel(Carousel),
    /// What follows the address of a button may be one.
    Template(Template),
    /// Links in its HTML and its text, the same address each time being the same link; `{{unsubscribe}}` is
    /// the person's own to leave.
    Mail(Mail),
}

impl From<WrittenContent> for Written {
    fn from(content: WrittenContent) -> Self {
        Self {
            content,
            quick_replies: Vec::new(),
        }
    }
}

/// Messages as they are stored: links are numbered, and their targets stand apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Composed {
    pub messages: Vec<MessageContent>,
    pub links: Vec<TrackedLink>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    #[error("{field}: `{{{{` without its `}}}}`")]
    Unclosed { field: String },
    #[error("{field}: `{url}` is not an http or https address of at most 1000 characters")]
    NotALink { field: String, url: String },
    #[error("messages: {0} links, more than {LINKS_MAX}")]
    TooManyLinks(usize),
    #[error("{field}: `{{link:` is kept for Fanfare itself; write it otherwise")]
    Reserved { field: String },
}

/// Takes the links out of what was written. Their ids follow from the broadcast's, so that a
/// repeated command composes the same.
pub fn compose(broadcast_id: Uuid, written: &[Written]) -> Result<Composed, ComposeError> {
    let mut links = Links {
        broadcast_id,
        found: Vec::new(),
    };
    let mut messages = Vec::with_capacity(written.len());
    for (message, written) in written.iter().enumerate() {
        let at = format!("messages[{message}]");
        let content = match &written.content {
            WrittenContent::Text { text } => Content::Text(TextContent {
                text: links.take(&format!("{at}.text"), text)?,
            }),
            WrittenContent::Image {
                original_url,
                preview_url,
            } => Content::Image(ImageContent {
                original_url: original_url.clone(),
                preview_url: preview_url.clone(),
            }),
            WrittenContent::Card(card) => {
                Content::Card(links.of_card(&format!("{at}.card"), card)?)
            }
            WrittenContent::Carousel(carousel) => {
                Content::Carousel(links.of_carousel(&format!("{at}.carousel"), carousel)?)
            }
            WrittenContent::Template(template) => {
                Content::Template(links.of_template(&format!("{at}.template"), template)?)
            }
            WrittenContent::Mail(mail) => {
                Content::Mail(links.of_mail(&format!("{at}.mail"), mail)?)
            }
        };
        messages.push(MessageContent {
            content: Some(content),
            quick_replies: written.quick_replies.clone(),
        });
    }
    let links = links.found;
    if links.len() > LINKS_MAX {
        return Err(ComposeError::TooManyLinks(links.len()));
    }
    Ok(Composed { messages, links })
}

/// Those of a broadcast, as they are found.
struct Links {
    broadcast_id: Uuid,
    found: Vec<TrackedLink>,
}

impl Links {
    fn of_card(&mut self, at: &str, card: &Card) -> Result<Card, ComposeError> {
        let mut card = card.clone();
        for (index, button) in card.buttons.iter_mut().enumerate() {
            if let Some(Action::Url(url)) = &mut button.action {
                *url = self.take(&format!("{at}.buttons[{index}].url"), url)?;
            }
        }
        Ok(card)
    }

    fn of_carousel(&mut self, at: &str, carousel: &Carousel) -> Result<Carousel, ComposeError> {
        let cards = carousel.cards.iter().enumerate();
        let cards = cards.map(|(index, card)| self.of_card(&format!("{at}.cards[{index}]"), card));
        Ok(Carousel {
            cards: cards.collect::<Result<_, _>>()?,
        })
    }

    fn of_template(&mut self, at: &str, template: &Template) -> Result<Template, ComposeError> {
        let mut template = template.clone();
        self.of_buttons(at, &mut template.buttons)?;
        for (index, card) in template.cards.iter_mut().enumerate() {
            self.of_buttons(&format!("{at}.cards[{index}]"), &mut card.buttons)?;
        }
        Ok(template)
    }

    fn of_buttons(&mut self, at: &str, buttons: &mut [TemplateButton]) -> Result<(), ComposeError> {
        for (index, button) in buttons.iter_mut().enumerate() {
            if let Some(Value::UrlSuffix(suffix)) = &mut button.value {
                *suffix = self.take(&format!("{at}.buttons[{index}].url_suffix"), suffix)?;
            }
        }
        Ok(())
    }

    fn of_mail(&mut self, at: &str, mail: &Mail) -> Result<Mail, ComposeError> {
        let numbered = Self::number_once;
        Ok(Mail {
            html: self.take_by(&format!("{at}.html"), &mail.html, numbered)?,
            text: self.take_by(&format!("{at}.text"), &mail.text, numbered)?,
            ..mail.clone()
        })
    }

    fn take(&mut self, field: &str, text: &str) -> Result<String, ComposeError> {
        self.take_by(field, text, |links, url| {
            is_link(url).then(|| place(links.number(url)))
        })
    }

    /// `number` says what stands for an address; `None`: it is none.
    fn take_by(
        &mut self,
        field: &str,
        text: &str,
        number: impl Fn(&mut Self, &str) -> Option<String>,
    ) -> Result<String, ComposeError> {
        let field = || field.to_owned();
        if text.contains("{link:") {
            return Err(ComposeError::Reserved { field: field() });
        }
        let mut stored = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            let (url, after) = after
                .split_once(CLOSE)
                .ok_or_else(|| ComposeError::Unclosed { field: field() })?;
            let url = url.trim();
            let place = number(self, url).ok_or_else(|| ComposeError::NotALink {
                field: field(),
                url: url.to_owned(),
            })?;
            stored.push_str(before);
            stored.push_str(&place);
            rest = after;
        }
        stored.push_str(rest);
        Ok(stored)
    }

    /// In a mail: an address that is there already has its number. HTML writes `&` as `&amp;`.
    fn number_once(&mut self, url: &str) -> Option<String> {
        if url == UNSUBSCRIBE {
            return Some(UNSUBSCRIBE_PLACE.to_owned());
        }
        let url = url.replace("&amp;", "&");
        if !is_link(&url) {
            return None;
        }
        let known = self.found.iter().position(|link| link.target_url == url);
        let number = known.map_or_else(|| self.number(&url), |index| index + 1);
        Some(place(number))
    }

    /// Of one more link, from 1.
    fn number(&mut self, url: &str) -> usize {
        let number = self.found.len() + 1;
        self.found.push(TrackedLink {
            link_id: to_bytes(link_id(self.broadcast_id, number)),
            target_url: url.to_owned(),
        });
        number
    }
}

fn link_id(broadcast_id: Uuid, number: usize) -> Uuid {
    Uuid::new_v5(&broadcast_id, format!("link/{number}").as_bytes())
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

/// A text with nobody's links as one person gets it: each with a token of that person's own, and as long.
#[must_use]
pub fn personalize(secret: &[u8], broadcast_id: Uuid, contact_id: Uuid, text: &str) -> String {
    let mut text = text.to_owned();
    for number in 1..=LINKS_MAX {
        let link_id = link_id(broadcast_id, number);
        let nobodys = personal_link_token(secret, link_id, Uuid::nil());
        // They are numbered without gaps.
        if !text.contains(&nobodys) {
            break;
        }
        let own = personal_link_token(secret, link_id, contact_id);
        text = text.replace(&nobodys, &own);
    }
    text
}

#[cfg(test)]
mod tests {
    use events::common::{CardButton, TemplateButton};

    use super::*;

    const ID: Uuid = Uuid::from_u128(7);

    fn text(text: &str) -> Written {
        let text = text.to_owned();
        WrittenContent::Text { text }.into()
    }

    fn stored(composed: &Composed, message: usize) -> &str {
        match composed.messages[message].content.as_ref().unwrap() {
            Content::Text(text) => &text.text,
            Content::Image(_)
            | Content::Card(_)
            | Content::Carousel(_)
            | Content::Template(_)
            | Content::Mail(_) => panic!("not a text"),
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
    fn a_person_gets_links_of_their_own() {
        let (secret, contact) = (b"secret".as_slice(), Uuid::from_u128(9));
        let written = [text("{{https://x.example/1}} {{https://x.example/2}}")];
        let composed = compose(ID, &written).unwrap();
        let shown = |contact| {
            render(stored(&composed, 0), &composed.links, |link_id| {
                personal_link_token(secret, link_id, contact)
            })
        };
        let nobodys = shown(Uuid::nil());
        assert_eq!(personalize(secret, ID, contact, &nobodys), shown(contact));
        assert_ne!(nobodys, shown(contact));
    }

    #[test]
    fn what_is_no_link_is_refused_by_its_place() {
        let refused = |written: &str| compose(ID, &[text("fine"), text(written)]).unwrap_err();
        let field = || "messages[1].text".to_owned();
        assert_eq!(
            refused("{{https://x.example"),
            ComposeError::Unclosed { field: field() }
        );
        assert_eq!(
            refused("{link:1}"),
            ComposeError::Reserved { field: field() }
        );
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
                ComposeError::NotALink {
                    field: field(),
                    url
                }
            );
        }
    }

    #[test]
    fn buttons_of_cards_and_templates_have_links_too() {
        let url = |url: &str| CardButton {
            label: "go".to_owned(),
            action: Some(Action::Url(url.to_owned())),
        };
        let card = Card {
            buttons: vec![url("{{https://x.example/1}}"), url("https://x.example/2")],
            ..Card::default()
        };
        let suffix = TemplateButton {
            index: 0,
            value: Some(Value::UrlSuffix("{{https://x.example/3}}".to_owned())),
        };
        let template = Template {
            buttons: vec![suffix],
            ..Template::default()
        };
        let carousel = Carousel {
            cards: vec![card.clone(), card.clone()],
        };
        let written = [
            WrittenContent::Card(card).into(),
            WrittenContent::Template(template).into(),
            WrittenContent::Carousel(carousel).into(),
        ];
        let composed = compose(ID, &written).unwrap();
        let targets: Vec<&str> = composed
            .links
            .iter()
            .map(|link| link.target_url.as_str())
            .collect();
        let (one, three) = ("https://x.example/1", "https://x.example/3");
        assert_eq!(targets, [one, three, one, one]);
        let [first, second, third] = &composed.messages[..] else {
            panic!("three messages")
        };
        let Some(Content::Card(card)) = &first.content else {
            panic!("a card")
        };
        assert_eq!(card.buttons, [url("{link:1}"), url("https://x.example/2")]);
        let Some(Content::Template(template)) = &second.content else {
            panic!("a template")
        };
        let suffix = Some(Value::UrlSuffix("{link:2}".to_owned()));
        assert_eq!(template.buttons[0].value, suffix);
        let Some(Content::Carousel(carousel)) = &third.content else {
            panic!("a carousel")
        };
        assert_eq!(carousel.cards[0].buttons[0], url("{link:3}"));
        assert_eq!(carousel.cards[1].buttons[0], url("{link:4}"));
    }

    #[test]
    fn an_address_in_both_parts_of_a_mail_is_one_link_and_leaving_is_the_persons_own() {
        let mail = Mail {
            subject: "New".to_owned(),
            html: "<a href=\"{{https://x.example/?a=1&amp;b=2}}\">x</a> <a href=\"{{unsubscribe}}\">u</a>"
                .to_owned(),
            text: "{{https://x.example/?a=1&b=2}} {{https://x.example/2}} {{unsubscribe}}".to_owned(),
            ..Mail::default()
        };
        let composed = compose(ID, &[WrittenContent::Mail(mail.clone()).into()]).unwrap();
        let targets: Vec<&str> = composed
            .links
            .iter()
            .map(|link| link.target_url.as_str())
            .collect();
        assert_eq!(
            targets,
            ["https://x.example/?a=1&b=2", "https://x.example/2"]
        );
        let Some(Content::Mail(stored)) = &composed.messages[0].content else {
            panic!("a mail")
        };
        assert_eq!(
            stored.html,
            "<a href=\"{link:1}\">x</a> <a href=\"{link:unsubscribe}\">u</a>"
        );
        assert_eq!(stored.text, "{link:1} {link:2} {link:unsubscribe}");
        let wrong = Mail {
            html: "{{shop.example}}".to_owned(),
            ..mail
        };
        let refused = compose(ID, &[WrittenContent::Mail(wrong).into()]).unwrap_err();
        let url = "shop.example".to_owned();
        let field = "messages[0].mail.html".to_owned();
        assert_eq!(refused, ComposeError::NotALink { field, url });
        // Elsewhere there is nothing to leave by a link.
        assert!(compose(ID, &[text("{{unsubscribe}}")]).is_err());
    }
}
