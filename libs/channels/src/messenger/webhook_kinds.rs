use serde_json::Value;

use crate::meta::{TemplateKey, TemplateStatus, number, text_at};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    Message {
        mid: String,
        text: Option<String>,
        /// Of the quick reply that was tapped.
        quick_reply: Option<String>,
        /// `image`, `sticker`, `template`, ...
        attachments: Vec<String>,
        /// What the person replied to.
        reply_to: Option<String>,
    },
    /// A message of the Page's, sent by us or by anybody else.
    Echo {
        mid: String,
        app_id: Option<String>,
        /// Our correlation, if it was ours.
        metadata: Option<String>,
    },
    Postback {
        mid: Option<String>,
        title: Option<String>,
        payload: Option<String>,
        referral: Option<String>,
    },
    Optin {
        /// `notification_messages`, or nothing for a plugin.
        kind: Option<String>,
        payload: Option<String>,
        status: Option<NotificationStatus>,
    },
    Watermark(Watermark),
    Referral {
        reference: Option<String>,
    },
    /// It opens the window, as a message does.
    Reaction {
        mid: Option<String>,
        is_removed: bool,
    },
    /// What Meta does to the Page for breaking its rules. It concerns nobody in particular.
    Policy {
        action: PolicyAction,
        reason: Option<String>,
    },
    /// Of a utility template.
    Template {
        key: TemplateKey,
        status: TemplateStatus,
        reason: Option<String>,
    },
    /// Of the paid marketing messages, which have events of their own.
    Marketing {
        stage: MarketingStage,
        message_id: Option<String>,
        tracking_id: Option<String>,
        error: Option<String>,
    },
    /// Any other, among them those that Meta has yet to think of.
    Other,
}

/// Everything sent to this person until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watermark {
    pub kind: WatermarkKind,
    pub at_ms: i64,
    /// Messages that are named besides; never all of them, and none if they were read.
    pub mids: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatermarkKind {
    Delivered,
    /// And so delivered.
    Read,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationStatus {
    /// The person wants no more of them.
    Stopped,
    Resumed,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyAction {
    Warning,
    /// The Page can send nothing.
    Block,
    Unblock,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarketingStage {
    Sent,
    Delivered,
    Read,
    Clicked,
    Failed,
}

impl Watermark {
    /// Whether it covers a message that Meta took at that time, or that it names.
    ///
    /// Meta says "before" of deliveries, and "before or at" of reads.
    pub fn covers(&self, mid: Option<&str>, sent_at_ms: i64) -> bool {
        let named = mid.is_some_and(|mid| self.mids.iter().any(|named| named == mid));
        named
            || match self.kind {
                WatermarkKind::Delivered => sent_at_ms < self.at_ms,
                WatermarkKind::Read => sent_at_ms <= self.at_ms,
            }
    }
}

impl EventKind {
    /// By the one field that is there besides sender, recipient and time.
    pub(super) fn read(event: &Value) -> Self {
        let text = |pointer| text_at(event, pointer);
        let has = |name: &str| event.get(name).is_some_and(Value::is_object);
        if has("message") {
            return message(&event["message"]);
        }
        if has("postback") {
            return Self::Postback {
                mid: text("/postback/mid"),
                title: text("/postback/title"),
                payload: text("/postback/payload"),
                referral: text("/postback/referral/ref"),
            };
        }
        if has("delivery") {
            return watermark(WatermarkKind::Delivered, &event["delivery"]);
        }
        if has("read") {
            return watermark(WatermarkKind::Read, &event["read"]);
        }
        if has("optin") {
            return optin(event);
        }
        if has("referral") {
            let reference = text("/referral/ref");
            return Self::Referral { reference };
        }
        if has("reaction") {
            return Self::Reaction {
                mid: text("/reaction/mid"),
                is_removed: event["reaction"]["action"] == "unreact",
            };
        }
        if has("policy_enforcement") || has("policy-enforcement") {
            return policy(event);
        }
        Self::Other
    }
}

fn message(message: &Value) -> EventKind {
    let text = |pointer| text_at(message, pointer);
    let Some(mid) = text("/mid") else {
        return EventKind::Other;
    };
    if message["is_echo"] == true {
        return EventKind::Echo {
            mid,
            app_id: text("/app_id"),
            metadata: text("/metadata"),
        };
    }
    let attachments = message["attachments"].as_array().into_iter().flatten();
    EventKind::Message {
        mid,
        text: text("/text"),
        quick_reply: text("/quick_reply/payload"),
        attachments: attachments.filter_map(|it| text_at(it, "/type")).collect(),
        reply_to: text("/reply_to/mid"),
    }
}

fn watermark(kind: WatermarkKind, value: &Value) -> EventKind {
    let Some(at_ms) = number(&value["watermark"]) else {
        return EventKind::Other;
    };
    let mids = value["mids"].as_array().into_iter().flatten();
    EventKind::Watermark(Watermark {
        kind,
        at_ms,
        mids: mids.filter_map(|mid| text_at(mid, "")).collect(),
    })
}

fn optin(event: &Value) -> EventKind {
    let status = text_at(event, "/optin/notification_messages_status");
    EventKind::Optin {
        kind: text_at(event, "/optin/type"),
        payload: text_at(event, "/optin/payload").or_else(|| text_at(event, "/optin/ref")),
        status: status.map(|status| match status.replace('_', " ").as_str() {
            "STOP NOTIFICATIONS" => NotificationStatus::Stopped,
            "RESUME NOTIFICATIONS" => NotificationStatus::Resumed,
            _ => NotificationStatus::Other,
        }),
    }
}

/// Both spellings occur.
fn policy(event: &Value) -> EventKind {
    let policy = event
        .get("policy_enforcement")
        .unwrap_or(&event["policy-enforcement"]);
    EventKind::Policy {
        action: match policy["action"].as_str() {
            Some("warning") => PolicyAction::Warning,
            Some("block") => PolicyAction::Block,
            Some("unblock") => PolicyAction::Unblock,
            Some(_) | None => PolicyAction::Other,
        },
        reason: text_at(policy, "/reason"),
    }
}
