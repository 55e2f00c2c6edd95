/// A template, filled for one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateMessage {
    pub name: String,
    /// `en_US`
    pub language: String,
    pub header: Option<Header>,
    pub body: Vec<Parameter>,
    pub buttons: Vec<ButtonParameter>,
    /// Of a carousel, which has as many as its template.
    pub cards: Vec<Card>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Header {
    Text(Parameter),
    Image(Media),
    Video(Media),
    Document {
        media: Media,
        filename: Option<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    /// Uploaded before; good for 30 days.
    Id(String),
    Link(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Of a template whose parameters have names.
    pub name: Option<String>,
    pub value: ParameterValue,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterValue {
    Text(String),
    Currency {
        fallback: String,
        code: String,
        amount_1000: i64,
    },
    DateTime {
        fallback: String,
    },
}

/// Only for the buttons that vary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ButtonParameter {
    /// What follows the template's own address.
    UrlSuffix {
        index: u8,
        suffix: String,
    },
    /// What comes back when it is pressed.
    QuickReply {
        index: u8,
        payload: String,
    },
    CopyCode {
        index: u8,
        code: String,
    },
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    pub header: Option<Header>,
    pub body: Vec<Parameter>,
    pub buttons: Vec<ButtonParameter>,
}

impl ButtonParameter {
    /// Where the button stands in the template, from 0.
    pub fn index(&self) -> u8 {
        match self {
            Self::UrlSuffix { index, .. }
            | Self::QuickReply { index, .. }
            | Self::CopyCode { index, .. } => *index,
        }
    }
}

impl ParameterValue {
    /// As it reads in the message, as far as can be known before Meta formats it.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Currency { fallback, .. } | Self::DateTime { fallback } => fallback,
        }
    }
}
