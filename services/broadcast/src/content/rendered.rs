use broadcast_domain::SendingWindow;
use channels::{
    email::WrittenMail,
    messenger::{MessagingType, Prepared},
    whatsapp::{TemplateContent, TemplateMessage},
};
use chrono::{DateTime, Utc};

/// Messages in the form of their channel, once for everyone.
#[derive(Debug)]
pub(crate) enum Rendered {
    /// The `messages` array of a request.
    Line(String),
    Messenger {
        prepared: Prepared,
        messaging_type: MessagingType,
        /// Of a utility message: the name and language of what Meta has approved.
        template: Option<(String, String)>,
    },
    Whatsapp {
        content: TemplateContent,
        message: Box<TemplateMessage>,
    },
    Email(Box<WrittenMail>),
}

impl Rendered {
    /// As delivery reads it. The same messages always make the same text.
    pub(crate) fn to_json(&self) -> String {
        match self {
            Self::Line(messages) => messages.clone(),
            Self::Messenger { prepared, .. } => prepared.to_json(),
            Self::Whatsapp { content, .. } => content.to_json(),
            Self::Email(written) => written.to_json(),
        }
    }

    /// Each message, for people who look at a preview.
    pub(crate) fn each(&self) -> Vec<String> {
        match self {
            Self::Line(messages) => {
                let messages: Vec<serde_json::Value> =
                    serde_json::from_str(messages).unwrap_or_default();
                messages.iter().map(serde_json::Value::to_string).collect()
            }
            Self::Messenger { .. } | Self::Whatsapp { .. } | Self::Email(_) => vec![self.to_json()],
        }
    }

    /// Who may be sent this.
    pub(crate) fn window(&self, now: DateTime<Utc>) -> SendingWindow {
        match self {
            Self::Messenger {
                messaging_type: MessagingType::Response | MessagingType::Update,
                ..
            } => SendingWindow::Standard { now },
            Self::Messenger {
                messaging_type: MessagingType::Tagged(_) | MessagingType::Utility,
                ..
            }
            | Self::Line(_)
            | Self::Whatsapp { .. }
            | Self::Email(_) => SendingWindow::None,
        }
    }
}
