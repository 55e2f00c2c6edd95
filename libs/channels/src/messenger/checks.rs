//! What Messenger documents, and nothing else.

use super::content::{
    Button, Card, Image, Message, MessageContent, UtilityButton, UtilityTemplate,
};
use crate::meta::{Checks, ContentError, ContentErrors};

const TEXT_MAX: usize = 2_000;
const BUTTON_TEXT_MAX: usize = 640;
const BUTTONS_MAX: usize = 3;
const TITLE_MAX: usize = 80;
const LABEL_MAX: usize = 20;
const PAYLOAD_MAX: usize = 1_000;
const CARDS_MAX: usize = 10;
const QUICK_REPLIES_MAX: usize = 13;

/// Whether Messenger will take the message, as far as its documents say. Lengths are in code points.
pub fn check_content(message: &Message) -> Result<(), ContentErrors> {
    let mut checks = Checks::default();
    match &message.content {
        MessageContent::Text { text } => checks.text("text", text, TEXT_MAX),
        MessageContent::Image(Image::Attachment { id }) => {
            let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
            checks.require(digits, "attachment_id", id, "the id of an attachment");
        }
        MessageContent::Image(Image::Url { url }) => checks.https("url", url),
        MessageContent::Buttons { text, buttons } => {
            checks.text("text", text, BUTTON_TEXT_MAX);
            checks.count("buttons", buttons.len(), 1, BUTTONS_MAX);
            check_buttons(&mut checks, "", buttons);
        }
        MessageContent::Cards(cards) => {
            checks.count("elements", cards.len(), 1, CARDS_MAX);
            for (index, card) in cards.iter().enumerate() {
                check_card(&mut checks, &format!("elements[{index}]."), card);
            }
        }
        MessageContent::Utility(template) => check_utility(&mut checks, template),
    }
    check_quick_replies(&mut checks, message);
    checks.done()
}

fn check_card(checks: &mut Checks, at: &str, card: &Card) {
    checks.text(&format!("{at}title"), &card.title, TITLE_MAX);
    if let Some(subtitle) = &card.subtitle {
        checks.text(&format!("{at}subtitle"), subtitle, TITLE_MAX);
    }
    if let Some(url) = &card.image_url {
        checks.https(&format!("{at}image_url"), url);
    }
    if let Some(url) = &card.tap_url {
        checks.https(&format!("{at}default_action.url"), url);
    }
    let bare = card.subtitle.is_none()
        && card.image_url.is_none()
        && card.tap_url.is_none()
        && card.buttons.is_empty();
    if bare {
        let field = at.trim_end_matches('.');
        checks.require(false, field, "a title alone", "a title and one thing more");
    }
    checks.count(&format!("{at}buttons"), card.buttons.len(), 0, BUTTONS_MAX);
    check_buttons(checks, at, &card.buttons);
}

fn check_buttons(checks: &mut Checks, at: &str, buttons: &[Button]) {
    for (index, button) in buttons.iter().enumerate() {
        let field = |name| format!("{at}buttons[{index}].{name}");
        match button {
            Button::Url { title, url } => {
                checks.text(&field("title"), title, LABEL_MAX);
                checks.https(&field("url"), url);
            }
            Button::Postback { title, payload } => {
                checks.text(&field("title"), title, LABEL_MAX);
                checks.text(&field("payload"), payload, PAYLOAD_MAX);
            }
        }
    }
}

/// With a text or an attachment; a utility message is Meta's whole.
fn check_quick_replies(checks: &mut Checks, message: &Message) {
    let replies = &message.quick_replies;
    let max = match message.content {
        MessageContent::Utility(_) => 0,
        MessageContent::Text { .. }
        | MessageContent::Image(_)
        | MessageContent::Buttons { .. }
        | MessageContent::Cards(_) => QUICK_REPLIES_MAX,
    };
    checks.count("quick_replies", replies.len(), 0, max);
    for (index, reply) in replies.iter().enumerate() {
        let field = |name| format!("quick_replies[{index}].{name}");
        checks.text(&field("title"), &reply.title, LABEL_MAX);
        checks.text(&field("payload"), &reply.payload, PAYLOAD_MAX);
    }
}

fn check_utility(checks: &mut Checks, template: &UtilityTemplate) {
    let empty = |field: String| ContentError::Empty { field };
    for (field, text) in [
        ("template.name", &template.name),
        ("template.language.code", &template.language),
    ] {
        if text.is_empty() {
            checks.add(empty(field.to_owned()));
        }
    }
    for (part, parameters) in [("header", &template.header), ("body", &template.body)] {
        for (index, parameter) in parameters.iter().enumerate() {
            if parameter.text.is_empty() {
                checks.add(empty(format!("template.{part}[{index}].text")));
            }
        }
    }
    for (index, button) in template.buttons.iter().enumerate() {
        let field = format!("template.buttons[{index}]");
        match button {
            UtilityButton::UrlSuffix(suffix) if suffix.is_empty() => {
                checks.add(empty(format!("{field}.url")));
            }
            UtilityButton::UrlSuffix(_) => {}
            UtilityButton::Postback { payload } => {
                checks.text(&format!("{field}.payload"), payload, PAYLOAD_MAX);
            }
        }
    }
}

#[cfg(test)]
#[path = "checks_tests.rs"]
mod tests;
