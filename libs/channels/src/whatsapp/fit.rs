//! Whether a filled template fits what Meta approved: what it would refuse one person at a time, found before anybody is sent to.

use super::{
    checks::{BODY_MAX, CARD_BODY_MAX, HEADER_MAX, check_template},
    message::{ButtonParameter, Header, Parameter, TemplateMessage},
};
use crate::meta::{
    Checks, Component, ContentErrors, HeaderFormat, ParameterFormat, Template, TemplateButton,
    body_in, buttons_in, header_in, placeholders,
};

/// The limits of [`check_template`], and those that only the template tells.
pub fn check_fits(template: &Template, message: &TemplateMessage) -> Result<(), ContentErrors> {
    check_template(message)?;
    let mut checks = Checks::default();
    let key = &template.key;
    let name = &message.name;
    checks.require(*name == key.name, "template.name", name, &key.name);
    let language = &message.language;
    checks.require(
        *language == key.language,
        "template.language.code",
        language,
        &key.language,
    );
    let mut fit = Fit {
        checks: &mut checks,
        format: template.parameter_format,
        at: String::new(),
        body_max: BODY_MAX,
    };
    fit.part(
        &template.components,
        message.header.as_ref(),
        &message.body,
        &message.buttons,
    );
    let cards = template.cards();
    checks.count("cards", message.cards.len(), cards.len(), cards.len());
    for (index, (card, approved)) in message.cards.iter().zip(cards).enumerate() {
        let mut fit = Fit {
            checks: &mut checks,
            format: template.parameter_format,
            at: format!("cards[{index}]."),
            body_max: CARD_BODY_MAX,
        };
        fit.part(approved, card.header.as_ref(), &card.body, &card.buttons);
    }
    checks.done()
}

struct Fit<'a> {
    checks: &'a mut Checks,
    format: ParameterFormat,
    at: String,
    body_max: usize,
}

impl Fit<'_> {
    fn part(
        &mut self,
        approved: &[Component],
        header: Option<&Header>,
        body: &[Parameter],
        buttons: &[ButtonParameter],
    ) {
        self.header(header_in(approved), header);
        self.text("body", body_in(approved), body, self.body_max);
        self.buttons(buttons_in(approved), buttons);
    }

    fn header(&mut self, approved: Option<&HeaderFormat>, header: Option<&Header>) {
        let expected = match approved {
            Some(HeaderFormat::Text { text }) => {
                let given = match header {
                    Some(Header::Text(parameter)) => std::slice::from_ref(parameter),
                    Some(Header::Image(_) | Header::Video(_) | Header::Document { .. }) | None => {
                        &[]
                    }
                };
                self.text("header", text, given, HEADER_MAX);
                "text"
            }
            Some(HeaderFormat::Image) => "image",
            Some(HeaderFormat::Video) => "video",
            Some(HeaderFormat::Document) => "document",
            Some(HeaderFormat::Other(other)) => other,
            None => "none",
        };
        let given = match header {
            Some(Header::Text(_)) => "text",
            Some(Header::Image(_)) => "image",
            Some(Header::Video(_)) => "video",
            Some(Header::Document { .. }) => "document",
            // A text without parameters needs nothing.
            None if expected == "text" => "text",
            None => "none",
        };
        let field = format!("{}header", self.at);
        self.checks
            .require(given == expected, &field, given, expected);
    }

    /// Each parameter is there once, and the filled text is not too long.
    fn text(&mut self, part: &str, text: &str, given: &[Parameter], max: usize) {
        let field = format!("{}{part}", self.at);
        let wanted = distinct(&placeholders(text));
        self.checks
            .count(&field, given.len(), wanted.len(), wanted.len());
        let mut filled = text.to_owned();
        for (index, parameter) in given.iter().enumerate() {
            let name = match (self.format, &parameter.name) {
                (ParameterFormat::Named, Some(name)) => name.clone(),
                (ParameterFormat::Named, None) => String::new(),
                (ParameterFormat::Positional, None) => (index + 1).to_string(),
                (ParameterFormat::Positional, Some(name)) => format!("{name} (named)"),
            };
            let ok = wanted.contains(&name.as_str());
            let expected = format!("one of {}", wanted.join(", "));
            self.checks
                .require(ok, &format!("{field}[{index}]"), &name, &expected);
            filled = filled.replace(&format!("{{{{{name}}}}}"), parameter.value.text());
        }
        self.checks.at_most(&field, &filled, max);
    }

    /// A button with a variable needs its value; no other takes one.
    fn buttons(&mut self, approved: &[TemplateButton], given: &[ButtonParameter]) {
        for (position, button) in given.iter().enumerate() {
            let kind = match approved.get(usize::from(button.index())) {
                Some(TemplateButton::Url { .. }) => "url",
                Some(TemplateButton::QuickReply { .. }) => "quick_reply",
                Some(TemplateButton::CopyCode) => "copy_code",
                Some(TemplateButton::Other(_)) => "without a parameter",
                None => "absent",
            };
            let ours = match button {
                ButtonParameter::UrlSuffix { .. } => "url",
                ButtonParameter::QuickReply { .. } => "quick_reply",
                ButtonParameter::CopyCode { .. } => "copy_code",
            };
            let field = format!("{}buttons[{position}]", self.at);
            self.checks.require(ours == kind, &field, ours, kind);
        }
        for (index, button) in approved.iter().enumerate() {
            let varies = match button {
                TemplateButton::Url { url, .. } => !placeholders(url).is_empty(),
                TemplateButton::CopyCode => true,
                TemplateButton::QuickReply { .. } | TemplateButton::Other(_) => false,
            };
            let times = given.iter().filter(|it| usize::from(it.index()) == index);
            let field = format!("{}buttons for button {index}", self.at);
            self.checks
                .count(&field, times.count(), usize::from(varies), 1);
        }
    }
}

fn distinct<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut distinct: Vec<&str> = Vec::new();
    for name in names {
        if !distinct.contains(name) {
            distinct.push(name);
        }
    }
    distinct
}

#[cfg(test)]
#[path = "fit_tests.rs"]
mod tests;
