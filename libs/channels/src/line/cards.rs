//! LINE's buttons template, and its carousel.

use serde_json::{Value, json};

use super::content::{LABEL_MAX, POSTBACK_UNITS_MAX, check_url};
use crate::limits::{Checks, Unit};

const ALT_TEXT_UNITS_MAX: usize = 1_500;
const TITLE_MAX: usize = 40;
const CARD_TEXT_MAX: usize = 160;
const COLUMN_TEXT_MAX: usize = 120;
/// Beside a title or a picture.
const TEXT_BESIDE_MAX: usize = 60;
const CARD_BUTTONS_MAX: usize = 4;
const COLUMN_BUTTONS_MAX: usize = 3;
const COLUMNS_MAX: usize = 10;
const URI_CHARS_MAX: usize = 1_000;

/// A text with buttons.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    pub title: Option<String>,
    pub text: String,
    pub image_url: Option<String>,
    pub buttons: Vec<Button>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Button {
    Url { label: String, url: String },
    Postback { label: String, data: String },
}

pub(super) fn check_card(checks: &mut Checks, at: &str, card: &Card) {
    check_one(checks, at, card, CARD_TEXT_MAX, CARD_BUTTONS_MAX);
}

/// LINE shows the columns at one height, and refuses those that differ in their parts.
pub(super) fn check_carousel(checks: &mut Checks, at: &str, cards: &[Card]) {
    checks.count(&format!("{at}.columns"), cards.len(), 1, COLUMNS_MAX);
    for (index, card) in cards.iter().enumerate() {
        let at = format!("{at}.columns[{index}]");
        check_one(checks, &at, card, COLUMN_TEXT_MAX, COLUMN_BUTTONS_MAX);
    }
    let Some((first, others)) = cards.split_first() else {
        return;
    };
    for (index, card) in (1..).zip(others) {
        let at = format!("{at}.columns[{index}]");
        let buttons = first.buttons.len();
        checks.count(
            &format!("{at}.actions"),
            card.buttons.len(),
            buttons,
            buttons,
        );
        for (part, here, there) in [
            ("title", card.title.is_some(), first.title.is_some()),
            (
                "thumbnailImageUrl",
                card.image_url.is_some(),
                first.image_url.is_some(),
            ),
        ] {
            let (is, expected) = if here {
                ("there", "absent, as in the first column")
            } else {
                ("absent", "there, as in the first column")
            };
            checks.require(here == there, &format!("{at}.{part}"), is, expected);
        }
    }
}

fn check_one(checks: &mut Checks, at: &str, card: &Card, text_max: usize, buttons_max: usize) {
    let beside = card.title.is_some() || card.image_url.is_some();
    if let Some(title) = &card.title {
        checks.text_in(Unit::Graphemes, &format!("{at}.title"), title, TITLE_MAX);
    }
    if let Some(url) = &card.image_url {
        check_url(checks, &format!("{at}.thumbnailImageUrl"), url);
    }
    let text_max = if beside { TEXT_BESIDE_MAX } else { text_max };
    checks.text_in(Unit::Graphemes, &format!("{at}.text"), &card.text, text_max);
    let field = format!("{at}.actions");
    checks.count(&field, card.buttons.len(), 1, buttons_max);
    for (index, button) in card.buttons.iter().enumerate() {
        check_button(checks, &format!("{field}[{index}]"), button);
    }
}

fn check_button(checks: &mut Checks, at: &str, button: &Button) {
    let label = match button {
        Button::Url { label, url } => {
            let field = format!("{at}.uri");
            checks.text(&field, url, URI_CHARS_MAX);
            let known = ["https://", "http://", "line://", "tel:"];
            let known = known.iter().any(|scheme| url.starts_with(scheme));
            checks.require(known, &field, url, "an http, https, line or tel address");
            label
        }
        Button::Postback { label, data } => {
            checks.text_in(Unit::Utf16, &format!("{at}.data"), data, POSTBACK_UNITS_MAX);
            label
        }
    };
    checks.text_in(Unit::Graphemes, &format!("{at}.label"), label, LABEL_MAX);
}

/// A message without its type.
pub(super) fn render_card(card: &Card) -> Value {
    let mut template = render_one(card);
    template["type"] = json!("buttons");
    json!({"altText": alt_text(card), "template": template})
}

/// A message without its type.
pub(super) fn render_carousel(cards: &[Card]) -> Value {
    let columns: Vec<Value> = cards.iter().map(render_one).collect();
    let alt_text = cards.first().map(alt_text).unwrap_or_default();
    json!({"altText": alt_text, "template": {"type": "carousel", "columns": columns}})
}

fn render_one(card: &Card) -> Value {
    let actions: Vec<Value> = card.buttons.iter().map(render_button).collect();
    let mut template = json!({"text": card.text, "actions": actions});
    if let Some(title) = &card.title {
        template["title"] = json!(title);
    }
    if let Some(url) = &card.image_url {
        template["thumbnailImageUrl"] = json!(url);
    }
    template
}

/// What notifications and old clients show.
fn alt_text(card: &Card) -> String {
    let text = card.title.as_ref().unwrap_or(&card.text);
    text.chars().take(ALT_TEXT_UNITS_MAX / 2).collect()
}

fn render_button(button: &Button) -> Value {
    match button {
        Button::Url { label, url } => json!({"type": "uri", "label": label, "uri": url}),
        Button::Postback { label, data } => {
            json!({"type": "postback", "label": label, "data": data})
        }
    }
}

#[cfg(test)]
#[path = "cards_tests.rs"]
mod tests;
