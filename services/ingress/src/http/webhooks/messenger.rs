use channels::messenger::{EventKind, MessengerEvent, Person, WatermarkKind, parse_webhook};
use events::{
    common::ProgressKind,
    ingested::{PersonEvent, person_event::Kind},
};

use super::meta::{Progress, Told, timestamp};

/// What a post tells of this page. `None`: it is not of a form that Meta posts.
///
/// A watermark tells of everything that a person was sent until then. What that is, the echoes know: each names the
/// person and when it was sent.
pub(super) fn read(body: &[u8], page_id: &str) -> Option<Told> {
    let webhook = parse_webhook(body).ok()?;
    let mut told = Told::default();
    for event in webhook.events {
        if event.page_id != page_id {
            told.strangers += 1;
            continue;
        }
        told.progress.extend(progress(&event));
        // Another app answers this person, and takes in what the person says.
        if !event.is_standby {
            told.people.extend(person(&event));
        }
    }
    Some(told)
}

fn person(event: &MessengerEvent) -> Option<PersonEvent> {
    let Some(Person::Psid(psid)) = &event.person else {
        return None;
    };
    let (event_id, kind) = match &event.kind {
        EventKind::Message {
            mid,
            text,
            quick_reply,
            ..
        } => {
            let kind = match quick_reply {
                Some(payload) => Kind::Tapped(payload.clone()),
                None => Kind::Wrote(text.clone().unwrap_or_default()),
            };
            (Some(mid.clone()), kind)
        }
        EventKind::Postback { mid, payload, .. } => (
            mid.clone(),
            Kind::Tapped(payload.clone().unwrap_or_default()),
        ),
        // It opens the window, as a message does.
        EventKind::Reaction {
            is_removed: false, ..
        } => (None, Kind::Wrote(String::new())),
        EventKind::Reaction {
            is_removed: true, ..
        }
        | EventKind::Echo { .. }
        | EventKind::Optin { .. }
        | EventKind::Watermark(_)
        | EventKind::Referral { .. }
        | EventKind::Policy { .. }
        | EventKind::Template { .. }
        | EventKind::Marketing { .. }
        | EventKind::Other => return None,
    };
    Some(PersonEvent {
        external_id: psid.clone(),
        // Without an id of Meta's, the event's very bytes stand for it.
        event_id: event_id.unwrap_or_else(|| event.raw.get().to_owned()),
        occurred_at: timestamp(event.timestamp_ms),
        raw: event.raw.get().as_bytes().to_vec(),
        kind: Some(kind),
    })
}

fn progress(event: &MessengerEvent) -> Vec<Progress> {
    let psid = match &event.person {
        Some(Person::Psid(psid)) => Some(psid.clone()),
        Some(Person::UserRef(_)) | None => None,
    };
    let of = |message_id: &String, correlation: Option<String>, kind| Progress {
        message_id: Some(message_id.clone()),
        person: None,
        correlation,
        kind,
        code: String::new(),
        occurred_at: timestamp(event.timestamp_ms),
    };
    match &event.kind {
        // Without our correlation it was sent by somebody else.
        EventKind::Echo {
            mid,
            metadata: Some(metadata),
            ..
        } => {
            let echo = of(mid, Some(metadata.clone()), ProgressKind::Accepted);
            vec![Progress {
                person: psid,
                ..echo
            }]
        }
        EventKind::Watermark(watermark) => {
            let kind = match watermark.kind {
                WatermarkKind::Delivered => ProgressKind::Delivered,
                WatermarkKind::Read => ProgressKind::Read,
            };
            let named = watermark.mids.iter().map(|mid| of(mid, None, kind));
            let until = psid.map(|psid| Progress {
                message_id: None,
                person: Some(psid),
                correlation: None,
                kind,
                code: String::new(),
                occurred_at: timestamp(Some(watermark.at_ms)),
            });
            named.chain(until).collect()
        }
        EventKind::Echo { metadata: None, .. }
        | EventKind::Message { .. }
        | EventKind::Postback { .. }
        | EventKind::Optin { .. }
        | EventKind::Referral { .. }
        | EventKind::Reaction { .. }
        | EventKind::Policy { .. }
        | EventKind::Template { .. }
        | EventKind::Marketing { .. }
        | EventKind::Other => Vec::new(),
    }
}
