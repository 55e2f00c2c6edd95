//! Events that come by the name of a subscribed field.

use serde_json::Value;

use super::webhook_kinds::{EventKind, MarketingStage};
use crate::meta::{TemplateKey, TemplateStatus, text_at};

pub(super) fn change_kind(field: &str, value: &Value) -> EventKind {
    match field {
        "marketing_message_echoes" => marketing(MarketingStage::Sent, value),
        "marketing_message_deliveries" => marketing(MarketingStage::Delivered, value),
        "marketing_message_reads" => marketing(MarketingStage::Read, value),
        "marketing_message_clicks" => marketing(MarketingStage::Clicked, value),
        "marketing_message_delivery_failed" => marketing(MarketingStage::Failed, value),
        // Meta's pages name it both ways.
        "message_template_status_update" | "messenger_template_status_update" => template(value),
        _ => EventKind::read(value),
    }
}

fn marketing(stage: MarketingStage, value: &Value) -> EventKind {
    EventKind::Marketing {
        stage,
        message_id: text_at(value, "/message_id"),
        tracking_id: text_at(value, "/marketing_message_tracking_id"),
        error: text_at(value, "/error_message"),
    }
}

fn template(value: &Value) -> EventKind {
    let key = || {
        Some(TemplateKey {
            name: text_at(value, "/message_template_name")?,
            language: text_at(value, "/message_template_language")?,
        })
    };
    match (key(), text_at(value, "/event")) {
        (Some(key), Some(event)) => EventKind::Template {
            key,
            status: TemplateStatus::parse(&event),
            reason: text_at(value, "/reason").filter(|reason| reason != "NONE"),
        },
        _ => EventKind::Other,
    }
}
