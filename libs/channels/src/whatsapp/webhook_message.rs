use serde_json::Value;

use super::webhook_status::ReportedError;
use crate::meta::text_at;

/// What a person sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageKind {
    Text {
        body: String,
    },
    /// A quick reply of a template was pressed.
    Button {
        payload: Option<String>,
        text: Option<String>,
    },
    /// A choice of a list, a button of an interactive message, or a filled form.
    Interactive {
        id: Option<String>,
        title: Option<String>,
    },
    Reaction {
        message_id: Option<String>,
        /// None if it was taken back.
        emoji: Option<String>,
    },
    /// `image`, `video`, `document`, `audio`, `sticker`
    Media {
        media_type: String,
        caption: Option<String>,
    },
    /// The person took a message back.
    Revoke {
        message_id: Option<String>,
    },
    System(SystemChange),
    /// What WhatsApp cannot show us.
    Unsupported {
        errors: Vec<ReportedError>,
    },
    /// Any other, in Meta's words.
    Other {
        message_type: String,
    },
}

/// What became of the person's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SystemChange {
    /// The same person writes from another number now; the user id changes with it.
    Number {
        wa_id: Option<String>,
        user_id: Option<String>,
    },
    UserId {
        user_id: Option<String>,
    },
    /// The phone was set up anew, or is another.
    Identity,
    Other {
        change: String,
    },
}

impl MessageKind {
    pub(super) fn read(message: &Value) -> Self {
        let text = |pointer| text_at(message, pointer);
        let message_type = text("/type").unwrap_or_default();
        match message_type.as_str() {
            "text" => Self::Text {
                body: text("/text/body").unwrap_or_default(),
            },
            "button" => Self::Button {
                payload: text("/button/payload"),
                text: text("/button/text"),
            },
            "interactive" => {
                let kind = text("/interactive/type").unwrap_or_default();
                Self::Interactive {
                    id: text_at(&message["interactive"][&kind], "/id"),
                    title: text_at(&message["interactive"][&kind], "/title"),
                }
            }
            "reaction" => Self::Reaction {
                message_id: text("/reaction/message_id"),
                emoji: text("/reaction/emoji"),
            },
            "image" | "video" | "document" | "audio" | "sticker" => Self::Media {
                caption: text_at(&message[&message_type], "/caption"),
                media_type: message_type,
            },
            "revoke" => Self::Revoke {
                message_id: text("/revoke/original_message_id"),
            },
            "system" => Self::System(SystemChange::read(&message["system"])),
            "unsupported" => Self::Unsupported {
                errors: ReportedError::all(&message["errors"]),
            },
            _ => Self::Other { message_type },
        }
    }
}

impl SystemChange {
    fn read(system: &Value) -> Self {
        let text = |pointer| text_at(system, pointer);
        let change = text("/type").unwrap_or_default();
        match change.as_str() {
            // The older spelling is still in clients' tests.
            "user_changed_number" | "customer_changed_number" => Self::Number {
                wa_id: text("/wa_id").or_else(|| text("/new_wa_id")),
                user_id: text("/user_id"),
            },
            "user_changed_user_id" => Self::UserId {
                user_id: text("/user_id"),
            },
            "customer_identity_changed" | "user_identity_changed" => Self::Identity,
            _ => Self::Other { change },
        }
    }
}
