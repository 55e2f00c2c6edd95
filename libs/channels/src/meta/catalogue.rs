//! The templates that Meta has approved, or not.

use serde_json::Value;

use super::{
    graph::{Account, CallError},
    json::{text, text_at},
};

const FIELDS: &str =
    "id,name,language,status,category,parameter_format,components,quality_score,rejected_reason";

/// A name is not unique; with the language it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TemplateKey {
    pub name: String,
    pub language: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub id: String,
    pub key: TemplateKey,
    pub status: TemplateStatus,
    pub category: TemplateCategory,
    pub quality: Quality,
    pub parameter_format: ParameterFormat,
    pub components: Vec<Component>,
    /// Why it was refused, if it was.
    pub rejected_reason: Option<String>,
}

/// Only an approved template may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateStatus {
    Approved,
    Pending,
    Rejected,
    /// For a while, because people do not like it.
    Paused,
    /// For good, because people do not like it.
    Disabled,
    /// Any other, in Meta's words. It may not be sent.
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateCategory {
    Marketing,
    Utility,
    Authentication,
    Other(String),
}

/// What people think of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    Green,
    Yellow,
    Red,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterFormat {
    Positional,
    Named,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Component {
    Header(HeaderFormat),
    Body {
        text: String,
    },
    Footer {
        text: String,
    },
    Buttons(Vec<TemplateButton>),
    /// The components of each card.
    Carousel(Vec<Vec<Component>>),
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderFormat {
    Text { text: String },
    Image,
    Video,
    Document,
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateButton {
    Url { text: String, url: String },
    QuickReply { text: String },
    CopyCode,
    Other(String),
}

impl Account {
    /// The whole catalogue. One that cannot be read is left out, and told in the log.
    pub(crate) async fn templates(&self, owner_id: &str) -> Result<Vec<Template>, CallError> {
        let items = self
            .all(&format!("{owner_id}/message_templates"), FIELDS)
            .await?;
        let all = items.len();
        let templates: Vec<Template> = items.iter().filter_map(Template::read).collect();
        if templates.len() < all {
            let unreadable = all - templates.len();
            tracing::warn!(owner_id, unreadable, "templates cannot be read");
        }
        Ok(templates)
    }
}

impl Template {
    fn read(value: &Value) -> Option<Self> {
        let word = |name: &str| value[name].as_str().unwrap_or_default();
        Some(Self {
            id: text_at(value, "/id")?,
            key: TemplateKey {
                name: text_at(value, "/name")?,
                language: text_at(value, "/language")?,
            },
            status: TemplateStatus::parse(word("status")),
            category: TemplateCategory::parse(word("category")),
            quality: Quality::parse(value["quality_score"]["score"].as_str().unwrap_or_default()),
            parameter_format: match word("parameter_format") {
                "NAMED" | "named" => ParameterFormat::Named,
                _ => ParameterFormat::Positional,
            },
            components: components(&value["components"]),
            rejected_reason: text_at(value, "/rejected_reason").filter(|reason| reason != "NONE"),
        })
    }

    pub fn header(&self) -> Option<&HeaderFormat> {
        header_in(&self.components)
    }

    pub fn body(&self) -> &str {
        body_in(&self.components)
    }

    pub fn buttons(&self) -> &[TemplateButton] {
        buttons_in(&self.components)
    }

    /// The components of each card; none if it is no carousel.
    pub fn cards(&self) -> &[Vec<Component>] {
        let cards = self
            .components
            .iter()
            .find_map(|component| match component {
                Component::Carousel(cards) => Some(cards.as_slice()),
                Component::Header(_)
                | Component::Body { .. }
                | Component::Footer { .. }
                | Component::Buttons(_)
                | Component::Other(_) => None,
            });
        cards.unwrap_or_default()
    }
}

impl TemplateStatus {
    pub fn parse(word: &str) -> Self {
        match word {
            // It is again what it was.
            "APPROVED" | "REINSTATED" | "UNPAUSED" => Self::Approved,
            "PENDING" | "IN_APPEAL" => Self::Pending,
            "REJECTED" => Self::Rejected,
            "PAUSED" => Self::Paused,
            "DISABLED" => Self::Disabled,
            other => Self::Other(other.to_owned()),
        }
    }

    pub fn may_be_sent(&self) -> bool {
        *self == Self::Approved
    }
}

impl TemplateCategory {
    pub fn parse(word: &str) -> Self {
        match word {
            "MARKETING" => Self::Marketing,
            "UTILITY" => Self::Utility,
            "AUTHENTICATION" => Self::Authentication,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl Quality {
    pub fn parse(word: &str) -> Self {
        match word {
            "GREEN" => Self::Green,
            "YELLOW" => Self::Yellow,
            "RED" => Self::Red,
            _ => Self::Unknown,
        }
    }
}

pub(crate) fn header_in(components: &[Component]) -> Option<&HeaderFormat> {
    components.iter().find_map(|component| match component {
        Component::Header(format) => Some(format),
        Component::Body { .. }
        | Component::Footer { .. }
        | Component::Buttons(_)
        | Component::Carousel(_)
        | Component::Other(_) => None,
    })
}

pub(crate) fn body_in(components: &[Component]) -> &str {
    let text = components.iter().find_map(|component| match component {
        Component::Body { text } => Some(text.as_str()),
        Component::Header(_)
        | Component::Footer { .. }
        | Component::Buttons(_)
        | Component::Carousel(_)
        | Component::Other(_) => None,
    });
    text.unwrap_or_default()
}

pub(crate) fn buttons_in(components: &[Component]) -> &[TemplateButton] {
    let buttons = components.iter().find_map(|component| match component {
        Component::Buttons(buttons) => Some(buttons.as_slice()),
        Component::Header(_)
        | Component::Body { .. }
        | Component::Footer { .. }
        | Component::Carousel(_)
        | Component::Other(_) => None,
    });
    buttons.unwrap_or_default()
}

fn components(list: &Value) -> Vec<Component> {
    list.as_array()
        .into_iter()
        .flatten()
        .map(component)
        .collect()
}

/// Both spellings occur.
fn component(value: &Value) -> Component {
    let kind = value["type"].as_str().unwrap_or_default();
    let own_text = || text(&value["text"]).unwrap_or_default();
    match kind.to_ascii_uppercase().as_str() {
        "HEADER" => Component::Header(match upper(&value["format"]).as_str() {
            "TEXT" => HeaderFormat::Text { text: own_text() },
            "IMAGE" => HeaderFormat::Image,
            "VIDEO" => HeaderFormat::Video,
            "DOCUMENT" => HeaderFormat::Document,
            other => HeaderFormat::Other(other.to_owned()),
        }),
        "BODY" => Component::Body { text: own_text() },
        "FOOTER" => Component::Footer { text: own_text() },
        "BUTTONS" => {
            let buttons = value["buttons"].as_array();
            Component::Buttons(buttons.into_iter().flatten().map(button).collect())
        }
        "CAROUSEL" => {
            let cards = value["cards"].as_array().into_iter().flatten();
            Component::Carousel(cards.map(|card| components(&card["components"])).collect())
        }
        other => Component::Other(other.to_owned()),
    }
}

fn button(value: &Value) -> TemplateButton {
    let word = |name: &str| text(&value[name]).unwrap_or_default();
    match upper(&value["type"]).as_str() {
        "URL" => TemplateButton::Url {
            text: word("text"),
            url: word("url"),
        },
        "QUICK_REPLY" | "POSTBACK" => TemplateButton::QuickReply { text: word("text") },
        "COPY_CODE" => TemplateButton::CopyCode,
        other => TemplateButton::Other(other.to_owned()),
    }
}

fn upper(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_ascii_uppercase()
}
