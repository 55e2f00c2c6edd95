//! What the Cloud API documents, and nothing else.

use super::message::{ButtonParameter, Header, Media, Parameter, TemplateMessage};
use crate::meta::{Checks, ContentErrors};

const NAME_MAX: usize = 512;
const BUTTONS_MAX: usize = 10;
const CARDS_MIN: usize = 2;
const CARDS_MAX: usize = 10;
const CARD_BUTTONS_MAX: usize = 2;
const CODE_MAX: usize = 20;
const URL_MAX: usize = 2_000;
pub(super) const HEADER_MAX: usize = 60;
pub(super) const BODY_MAX: usize = 1_024;
pub(super) const CARD_BODY_MAX: usize = 160;

/// Whether WhatsApp will take a filled template, as far as can be said without the template. Lengths are in code points.
pub fn check_template(message: &TemplateMessage) -> Result<(), ContentErrors> {
    let mut checks = Checks::default();
    let name = &message.name;
    checks.text("template.name", name, NAME_MAX);
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let expected = "lower-case letters, digits and underscores";
    checks.require(name.bytes().all(word), "template.name", name, expected);
    check_language(&mut checks, &message.language);
    let mut part = Part {
        checks: &mut checks,
        at: String::new(),
        body_max: BODY_MAX,
        buttons_max: BUTTONS_MAX,
    };
    part.check(message.header.as_ref(), &message.body, &message.buttons);
    if !message.cards.is_empty() {
        let count = message.cards.len();
        checks.count("cards", count, CARDS_MIN, CARDS_MAX);
    }
    for (index, card) in message.cards.iter().enumerate() {
        let mut part = Part {
            checks: &mut checks,
            at: format!("cards[{index}]."),
            body_max: CARD_BODY_MAX,
            buttons_max: CARD_BUTTONS_MAX,
        };
        part.check(card.header.as_ref(), &card.body, &card.buttons);
    }
    checks.done()
}

/// `en`, `en_US`, `zh_TW`
fn check_language(checks: &mut Checks, code: &str) {
    let (language, region) = code.split_once('_').unwrap_or((code, ""));
    let ok = (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && region.bytes().all(|byte| byte.is_ascii_alphanumeric());
    checks.require(ok, "template.language.code", code, "a language like en_US");
}

/// The message, or one card of it.
struct Part<'a> {
    checks: &'a mut Checks,
    at: String,
    body_max: usize,
    buttons_max: usize,
}

impl Part<'_> {
    fn check(&mut self, header: Option<&Header>, body: &[Parameter], buttons: &[ButtonParameter]) {
        if let Some(header) = header {
            self.header(header);
        }
        for (index, parameter) in body.iter().enumerate() {
            let field = format!("{}body[{index}]", self.at);
            self.checks
                .text(&field, parameter.value.text(), self.body_max);
        }
        let field = format!("{}buttons", self.at);
        self.checks
            .count(&field, buttons.len(), 0, self.buttons_max);
        for (position, button) in buttons.iter().enumerate() {
            self.button(position, button);
        }
    }

    fn header(&mut self, header: &Header) {
        let field = format!("{}header", self.at);
        match header {
            Header::Text(parameter) => {
                self.checks.text(&field, parameter.value.text(), HEADER_MAX);
            }
            Header::Image(media) | Header::Video(media) | Header::Document { media, .. } => {
                match media {
                    Media::Id(id) => self.checks.text(&format!("{field}.id"), id, usize::MAX),
                    Media::Link(link) => self.checks.https(&format!("{field}.link"), link),
                }
            }
        }
    }

    fn button(&mut self, position: usize, button: &ButtonParameter) {
        let field = format!("{}buttons[{position}]", self.at);
        match button {
            ButtonParameter::UrlSuffix { suffix, .. } => {
                self.checks.text(&field, suffix, URL_MAX);
            }
            ButtonParameter::QuickReply { payload, .. } => {
                self.checks.text(&field, payload, usize::MAX);
            }
            ButtonParameter::CopyCode { code, .. } => self.checks.text(&field, code, CODE_MAX),
        }
        let last = self.buttons_max - 1;
        let index = button.index();
        let expected = format!("0 to {last}");
        let ok = usize::from(index) <= last;
        self.checks
            .require(ok, &format!("{field}.index"), &index.to_string(), &expected);
    }
}
