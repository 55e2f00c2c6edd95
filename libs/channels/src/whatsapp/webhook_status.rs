use serde_json::Value;

use crate::meta::{number, text_at};

/// What became of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What to match by: the number may have been rewritten.
    pub message_id: String,
    pub kind: StatusKind,
    /// What we sent as `biz_opaque_callback_data`.
    pub correlation: Option<String>,
    /// A group's is no person's.
    pub is_group: bool,
    pub pricing: Option<Pricing>,
    /// Of a failure.
    pub errors: Vec<ReportedError>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusKind {
    Sent,
    Delivered,
    /// And so delivered, which may never be said.
    Read,
    /// And so read.
    Played,
    Failed,
    /// Any other, in Meta's words.
    Other(String),
}

/// What the message costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pricing {
    pub model: Option<String>,
    /// `regular`, `free_customer_service`, `free_entry_point`
    pub kind: Option<String>,
    pub category: Option<String>,
    pub is_billable: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedError {
    pub code: i64,
    pub title: Option<String>,
    pub details: Option<String>,
}

impl Status {
    pub(super) fn read(value: &Value) -> Option<Self> {
        let text = |pointer| text_at(value, pointer);
        Some(Self {
            message_id: text("/id")?,
            kind: StatusKind::parse(&text("/status")?),
            correlation: text("/biz_opaque_callback_data"),
            is_group: value["recipient_type"] == "group",
            pricing: value["pricing"].is_object().then(|| Pricing {
                model: text("/pricing/pricing_model"),
                kind: text("/pricing/type"),
                category: text("/pricing/category"),
                is_billable: value["pricing"]["billable"].as_bool(),
            }),
            errors: ReportedError::all(&value["errors"]),
        })
    }
}

impl StatusKind {
    pub fn parse(word: &str) -> Self {
        match word {
            "sent" => Self::Sent,
            "delivered" => Self::Delivered,
            "read" => Self::Read,
            "played" => Self::Played,
            "failed" => Self::Failed,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl ReportedError {
    pub(super) fn all(errors: &Value) -> Vec<Self> {
        let errors = errors.as_array().into_iter().flatten();
        errors.filter_map(Self::read).collect()
    }

    fn read(error: &Value) -> Option<Self> {
        Some(Self {
            code: number(&error["code"])?,
            title: text_at(error, "/title").or_else(|| text_at(error, "/message")),
            details: text_at(error, "/error_data/details"),
        })
    }
}
