//! Events in a line each, so that a table can say what is expected.

use channels::{
    messenger::{self, MessengerEvent},
    whatsapp::{self, MessageKind, WhatsAppEvent},
};

pub(crate) fn messenger_label(event: &MessengerEvent) -> String {
    use messenger::EventKind;
    let kind = match &event.kind {
        EventKind::Message { quick_reply, .. } => {
            format!("message, quick reply {}", quick_reply.is_some())
        }
        EventKind::Echo {
            app_id, metadata, ..
        } => {
            format!(
                "echo, app {}, metadata {}",
                app_id.is_some(),
                metadata.is_some()
            )
        }
        EventKind::Postback { payload, .. } => format!("postback, payload {}", payload.is_some()),
        EventKind::Optin { kind, status, .. } => format!("optin {kind:?} {status:?}"),
        EventKind::Watermark(watermark) => {
            format!("{:?}, {} mids", watermark.kind, watermark.mids.len())
        }
        EventKind::Referral { .. } => "referral".to_owned(),
        EventKind::Reaction { .. } => "reaction".to_owned(),
        EventKind::Policy { action, .. } => format!("policy {action:?}"),
        EventKind::Template { status, .. } => format!("template {status:?}"),
        EventKind::Marketing {
            stage, tracking_id, ..
        } => {
            format!("marketing {stage:?}, tracked {}", tracking_id.is_some())
        }
        EventKind::Other => "other".to_owned(),
    };
    let person = match &event.person {
        Some(messenger::Person::Psid(_)) => "psid",
        Some(messenger::Person::UserRef(_)) => "user_ref",
        None => "nobody",
    };
    let standby = if event.is_standby { " on standby" } else { "" };
    format!("{kind} of {person}{standby}")
}

pub(crate) fn whatsapp_label(event: &WhatsAppEvent) -> String {
    use whatsapp::EventKind;
    let kind = match &event.kind {
        EventKind::Status(status) => {
            let codes: Vec<i64> = status.errors.iter().map(|error| error.code).collect();
            let group = if status.is_group { " of a group" } else { "" };
            let correlated = status.correlation.is_some();
            let category = status
                .pricing
                .as_ref()
                .and_then(|it| it.category.as_deref());
            format!(
                "{:?}{group} {codes:?} {category:?}, correlated {correlated}",
                status.kind
            )
        }
        EventKind::Message {
            message,
            context_id,
            ..
        } => {
            format!(
                "message {}, context {}",
                message_label(message),
                context_id.is_some()
            )
        }
        EventKind::Error(error) => format!("error {}", error.code),
        EventKind::Preference { category, value } => format!("preference {category} {value:?}"),
        EventKind::TemplateStatus { status, reason, .. } => {
            format!("template {status:?} {reason:?}")
        }
        EventKind::TemplateQuality { quality, .. } => format!("template quality {quality:?}"),
        EventKind::TemplateCategory { category, .. } => format!("template category {category:?}"),
        EventKind::NumberQuality { event, limit, .. } => format!("number {event:?} {limit:?}"),
        EventKind::Capability { people_per_day } => format!("capability {people_per_day:?}"),
        EventKind::Account {
            event,
            ban_state,
            violation,
            restrictions,
        } => {
            format!(
                "account {event} {ban_state:?} {violation:?} {} restrictions",
                restrictions.len()
            )
        }
        EventKind::Alert { alert, .. } => format!("alert {alert:?}"),
        EventKind::Other { field } => format!("other {field:?}"),
    };
    let person = event.person.as_ref();
    let phone = person.is_some_and(|person| person.wa_id.is_some());
    let user = person.is_some_and(|person| person.user_id.is_some());
    match (phone, user) {
        (true, true) => format!("{kind} of phone and user"),
        (true, false) => format!("{kind} of phone"),
        (false, true) => format!("{kind} of user"),
        (false, false) => kind,
    }
}

fn message_label(message: &MessageKind) -> String {
    match message {
        MessageKind::Text { .. } => "text".to_owned(),
        MessageKind::Button { payload, .. } => format!("button, payload {}", payload.is_some()),
        MessageKind::Interactive { id, .. } => format!("interactive, id {}", id.is_some()),
        MessageKind::Reaction { emoji, .. } => format!("reaction, emoji {}", emoji.is_some()),
        MessageKind::Media { media_type, .. } => format!("media {media_type}"),
        MessageKind::Revoke { .. } => "revoke".to_owned(),
        MessageKind::System(change) => match change {
            whatsapp::SystemChange::Number { .. } => "system number".to_owned(),
            whatsapp::SystemChange::UserId { .. } => "system user id".to_owned(),
            whatsapp::SystemChange::Identity => "system identity".to_owned(),
            whatsapp::SystemChange::Other { change } => format!("system {change}"),
        },
        MessageKind::Unsupported { errors } => format!("unsupported {}", errors.len()),
        MessageKind::Other { message_type } => format!("other {message_type}"),
    }
}
