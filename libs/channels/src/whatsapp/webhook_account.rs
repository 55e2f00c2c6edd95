//! What happens to the business's own things: templates, numbers, the account.

use serde_json::Value;

use super::webhook::EventKind;
use crate::meta::{Quality, TemplateCategory, TemplateKey, TemplateStatus, number, text_at};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    Stop,
    Resume,
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    pub kind: String,
    pub expires_ms: Option<i64>,
}

/// By the name of the field, as far as that can be believed.
pub(super) fn account_kind(field: &str, value: &Value) -> EventKind {
    match field {
        "message_template_status_update" | "message_template_quality_update" => template(value),
        "template_category_update" => category(value),
        "phone_number_quality_update" => EventKind::NumberQuality {
            display_phone_number: text_at(value, "/display_phone_number"),
            event: text_at(value, "/event"),
            limit: limit(value),
        },
        "business_capability_update" => EventKind::Capability {
            people_per_day: capability(value),
        },
        "account_update" => EventKind::Account {
            event: text_at(value, "/event").unwrap_or_default(),
            ban_state: text_at(value, "/ban_info/waba_ban_state"),
            violation: text_at(value, "/violation_info/violation_type"),
            restrictions: restrictions(value),
        },
        "account_alerts" => EventKind::Alert {
            alert: text_at(value, "/alert_info/alert_type")
                .or_else(|| text_at(value, "/alert_type")),
            description: text_at(value, "/alert_info/alert_description")
                .or_else(|| text_at(value, "/alert_description")),
        },
        _ => EventKind::Other {
            field: field.to_owned(),
        },
    }
}

pub(super) fn preference(value: &Value) -> EventKind {
    EventKind::Preference {
        category: text_at(value, "/category").unwrap_or_default(),
        value: match text_at(value, "/value").as_deref() {
            Some("stop") => Preference::Stop,
            Some("resume") => Preference::Resume,
            Some(_) | None => Preference::Other,
        },
    }
}

/// One of Meta's own examples has a quality under the name of a status.
fn template(value: &Value) -> EventKind {
    let Some(key) = key(value) else {
        return EventKind::Other {
            field: "message_template_update".to_owned(),
        };
    };
    if let Some(quality) = text_at(value, "/new_quality_score") {
        return EventKind::TemplateQuality {
            key,
            quality: Quality::parse(&quality),
        };
    }
    let event = text_at(value, "/event").unwrap_or_default();
    EventKind::TemplateStatus {
        key,
        status: TemplateStatus::parse(&event),
        reason: text_at(value, "/reason").filter(|reason| reason != "NONE"),
        title: text_at(value, "/other_info/title"),
    }
}

fn category(value: &Value) -> EventKind {
    match (key(value), text_at(value, "/new_category")) {
        (Some(key), Some(category)) => EventKind::TemplateCategory {
            key,
            category: TemplateCategory::parse(&category),
        },
        _ => EventKind::Other {
            field: "template_category_update".to_owned(),
        },
    }
}

fn key(value: &Value) -> Option<TemplateKey> {
    Some(TemplateKey {
        name: text_at(value, "/message_template_name")?,
        // Both forms occur; the catalogue has the one with the underscore.
        language: text_at(value, "/message_template_language")?.replace('-', "_"),
    })
}

fn limit(value: &Value) -> Option<String> {
    text_at(value, "/max_daily_conversations_per_business")
        .or_else(|| text_at(value, "/current_limit"))
}

/// A number, or a tier; -1 is without a limit.
fn capability(value: &Value) -> Option<i64> {
    let field = &value["max_daily_conversations_per_business"];
    let tier = || match field.as_str()?.strip_prefix("TIER_")? {
        "UNLIMITED" => Some(-1),
        tier => match tier.strip_suffix('K') {
            Some(thousands) => thousands.parse::<i64>().ok()?.checked_mul(1_000),
            None => tier.parse().ok(),
        },
    };
    number(field).or_else(tier)
}

fn restrictions(value: &Value) -> Vec<Restriction> {
    let all = value["restriction_info"].as_array().into_iter().flatten();
    let read = |restriction: &Value| {
        Some(Restriction {
            kind: text_at(restriction, "/restriction_type")?,
            expires_ms: crate::meta::seconds_as_ms(&restriction["expiration"]),
        })
    };
    all.filter_map(read).collect()
}
