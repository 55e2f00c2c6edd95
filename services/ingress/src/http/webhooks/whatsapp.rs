use channels::whatsapp::{
    EventKind, MessageKind, Preference, Status, StatusKind, WhatsAppEvent, parse_webhook,
};
use events::{
    common::ProgressKind,
    ingested::{PersonEvent, person_event::Kind},
};

use super::meta::{Progress, Told, timestamp};

const MARKETING: &str = "marketing_messages";

/// What a post tells of this number. `None`: it is not of a form that Meta posts.
pub(super) fn read(body: &[u8], phone_number_id: &str) -> Option<Told> {
    let webhook = parse_webhook(body).ok()?;
    let mut told = Told::default();
    for event in webhook.events {
        match event.phone_number_id.as_deref() {
            Some(id) if id == phone_number_id => {}
            Some(_) => {
                told.strangers += 1;
                continue;
            }
            // Of the whole business account, and of nobody in particular.
            None => continue,
        }
        if let EventKind::Status(status) = &event.kind {
            told.progress.extend(progress(status, &event));
        }
        told.people.extend(person(&event));
    }
    Some(told)
}

/// The number, or the id for one business portfolio of those who hide it.
fn external_id(event: &WhatsAppEvent) -> Option<String> {
    let person = event.person.as_ref()?;
    let number = person.wa_id.as_ref().filter(|wa_id| !wa_id.is_empty());
    number
        .map(|wa_id| format!("+{wa_id}"))
        .or_else(|| person.user_id.clone())
}

fn person(event: &WhatsAppEvent) -> Option<PersonEvent> {
    let (event_id, kind) = match &event.kind {
        EventKind::Message {
            message_id,
            message,
            ..
        } => (Some(message_id.clone()), said(message)?),
        EventKind::Preference { category, value } if category == MARKETING => {
            (None, Kind::MarketingStopped(stopped(*value)?))
        }
        EventKind::Preference { .. }
        | EventKind::Status(_)
        | EventKind::Error(_)
        | EventKind::TemplateStatus { .. }
        | EventKind::TemplateQuality { .. }
        | EventKind::TemplateCategory { .. }
        | EventKind::NumberQuality { .. }
        | EventKind::Capability { .. }
        | EventKind::Account { .. }
        | EventKind::Alert { .. }
        | EventKind::Other { .. } => return None,
    };
    Some(PersonEvent {
        external_id: external_id(event)?,
        // Without an id of Meta's, the event's very bytes stand for it.
        event_id: event_id.unwrap_or_else(|| event.raw.get().to_owned()),
        occurred_at: timestamp(event.timestamp_ms),
        raw: event.raw.get().as_bytes().to_vec(),
        kind: Some(kind),
    })
}

/// `None`: the person did nothing that we know of.
fn said(message: &MessageKind) -> Option<Kind> {
    Some(match message {
        MessageKind::Text { body } => Kind::Wrote(body.clone()),
        MessageKind::Button { payload, text } => {
            Kind::Tapped(either(payload.as_ref(), text.as_ref()))
        }
        MessageKind::Interactive { id, title } => Kind::Tapped(either(id.as_ref(), title.as_ref())),
        MessageKind::Media { caption, .. } => Kind::Wrote(caption.clone().unwrap_or_default()),
        MessageKind::Reaction { .. }
        | MessageKind::Unsupported { .. }
        | MessageKind::Other { .. } => Kind::Wrote(String::new()),
        MessageKind::Revoke { .. } | MessageKind::System(_) => return None,
    })
}

fn either(first: Option<&String>, second: Option<&String>) -> String {
    first.or(second).cloned().unwrap_or_default()
}

fn stopped(value: Preference) -> Option<bool> {
    match value {
        Preference::Stop => Some(true),
        Preference::Resume => Some(false),
        Preference::Other => None,
    }
}

fn progress(status: &Status, event: &WhatsAppEvent) -> Option<Progress> {
    let kind = match &status.kind {
        StatusKind::Sent => ProgressKind::Accepted,
        StatusKind::Delivered => ProgressKind::Delivered,
        StatusKind::Read | StatusKind::Played => ProgressKind::Read,
        StatusKind::Failed => ProgressKind::Failed,
        StatusKind::Other(_) => return None,
    };
    let code = status.errors.first().map(|error| error.code.to_string());
    Some(Progress {
        message_id: Some(status.message_id.clone()),
        person: None,
        correlation: status.correlation.clone(),
        kind,
        code: code.unwrap_or_default(),
        occurred_at: timestamp(event.timestamp_ms),
    })
}
