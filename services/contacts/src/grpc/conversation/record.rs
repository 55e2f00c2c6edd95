use bootstrap::principal;
use chrono::{DateTime, TimeDelta, Utc};
use contacts_domain::{OptWord, PURPOSES, opt_word};
use event_bus::ConsistencyToken;
use event_sourcing::EventCodec as _;
use event_store::NewEvent;
use events::{
    ContactEvent,
    common::Channel,
    contact::{
        ConsentMeans, ContactConsentChanged, ContactInteracted, ContactMessageSent,
        InteractionKind, MessageOrigin,
    },
    from_timestamp, to_bytes, to_timestamp,
};
use proto::contacts::v1::{MessageSource, RecordMessageRequest, RecordMessageResponse};
use tonic::{Request, Response, Status};
use uuid::Uuid;
use vault::SealKey;

use super::ConversationGrpc;
use crate::{
    commands::{Command, KnownContact, append_all_to_contact},
    queries,
    sealing::{Place, SealedContent, seal_content},
    status,
};

const TEXT_CHARS_MAX: usize = 5000;
/// How far another system's clock may be ahead of ours.
const AHEAD_MAX: TimeDelta = TimeDelta::minutes(5);

pub(super) async fn record(
    grpc: &ConversationGrpc,
    request: Request<RecordMessageRequest>,
) -> Result<Response<RecordMessageResponse>, Status> {
    let caller = principal(&request)?.clone();
    let request = request.into_inner();
    let request_id = status::parse_id("request_id", &request.request_id)?;
    let message = parse(&request, grpc.clock.now())?;
    let contact = grpc.contact(caller.team_id, &request.contact_id).await?;
    let channel = queries::find_channel(&grpc.pool, caller.team_id, contact.account_id).await;
    let channel = channel.map_err(|error| bootstrap::internal(&error))?;
    let ids = [contact.contact_id];
    let keys = grpc.vault.ensure_contact_keys(caller.team_id, &ids).await;
    let keys = keys.map_err(|error| bootstrap::internal(&error))?;
    let record = Record {
        team_id: caller.team_id,
        contact,
        channel: channel.unwrap_or_default(),
        // Erased since it was looked up.
        key: keys
            .live(contact.contact_id)
            .ok_or_else(status::no_contact)?,
        message,
    };
    let method = ("RecordMessage", request_id);
    let command = Command::new(&grpc.vault, &caller, method, &request).await;
    let command = command.map_err(|error| bootstrap::internal(&error))?;
    let appended =
        append_all_to_contact(&grpc.store, &command, contact.contact_id, record.events()).await;
    let appended = appended.map_err(|error| status::command(&error))?;
    let token = ConsistencyToken::of(&grpc.store.meta().name, appended.at);
    Ok(Response::new(RecordMessageResponse {
        consistency_token: token.encode(),
    }))
}

/// A message that another system sent or heard.
struct Message {
    from: From,
    text: String,
    at: DateTime<Utc>,
}

enum From {
    Contact,
    Team(MessageOrigin),
}

fn parse(request: &RecordMessageRequest, now: DateTime<Utc>) -> Result<Message, Status> {
    let from = match request.source() {
        MessageSource::Contact => From::Contact,
        MessageSource::Agent => From::Team(MessageOrigin::Agent),
        MessageSource::Bot => From::Team(MessageOrigin::Bot),
        MessageSource::Welcome => From::Team(MessageOrigin::Welcome),
        MessageSource::Unspecified => return Err(status::required("source")),
        MessageSource::Broadcast => {
            return Err(bootstrap::invalid_argument(
                "source",
                "SOURCE_NOT_RECORDED",
                "broadcasts are known already; contact, agent, bot and welcome are recorded",
            ));
        }
    };
    let text = request.text.trim();
    if text.is_empty() {
        return Err(status::required("text"));
    }
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(bootstrap::invalid_argument(
            "text",
            "TOO_LONG",
            format!("is longer than {TEXT_CHARS_MAX} characters"),
        ));
    }
    Ok(Message {
        from,
        text: text.to_owned(),
        at: sent_at(request, now)?,
    })
}

fn sent_at(request: &RecordMessageRequest, now: DateTime<Utc>) -> Result<DateTime<Utc>, Status> {
    let Some(sent_at) = &request.sent_at else {
        return Ok(now);
    };
    from_timestamp(Some(sent_at))
        .filter(|at| (DateTime::UNIX_EPOCH..=now + AHEAD_MAX).contains(at))
        .ok_or_else(|| {
            bootstrap::invalid_argument("sent_at", "INVALID_TIME", "is no time in the past")
        })
}

/// A message on its way into its contact's stream.
struct Record<'a> {
    team_id: Uuid,
    contact: KnownContact,
    channel: Channel,
    key: &'a SealKey,
    message: Message,
}

impl Record<'_> {
    fn events(&self) -> Vec<NewEvent> {
        match self.message.from {
            From::Team(origin) => vec![self.sent(origin)],
            From::Contact => {
                let mut events = vec![self.written()];
                events.extend(self.opted_out());
                events
            }
        }
    }

    fn sent(&self, origin: MessageOrigin) -> NewEvent {
        let event_id = Uuid::now_v7();
        let event = ContactEvent::MessageSent(ContactMessageSent {
            contact_id: to_bytes(self.contact.contact_id),
            account_id: to_bytes(self.contact.account_id),
            origin: origin.into(),
            sealed_content: self.sealed(event_id, SealedContent::Sent),
            occurred_at: Some(to_timestamp(self.message.at)),
        });
        NewEvent::with_id(event_id, event.encode())
    }

    /// Who the person is in the channel is known from what made the contact.
    fn written(&self) -> NewEvent {
        let event_id = Uuid::now_v7();
        let event = ContactEvent::Interacted(ContactInteracted {
            contact_id: to_bytes(self.contact.contact_id),
            account_id: to_bytes(self.contact.account_id),
            occurred_at: Some(to_timestamp(self.message.at)),
            kind: InteractionKind::Message.into(),
            sealed_content: self.sealed(event_id, SealedContent::Written),
            told_by_team: true,
            ..ContactInteracted::default()
        });
        NewEvent::with_id(event_id, event.encode())
    }

    /// A team that could say that a person opted in again could undo what the person decided.
    fn opted_out(&self) -> Option<NewEvent> {
        match opt_word(self.channel, &self.message.text)? {
            OptWord::OptIn => return None,
            OptWord::OptOut => {}
        }
        let event = ContactEvent::ConsentChanged(ContactConsentChanged {
            contact_id: to_bytes(self.contact.contact_id),
            account_id: to_bytes(self.contact.account_id),
            purposes: PURPOSES.map(i32::from).to_vec(),
            opted_out: true,
            means: ConsentMeans::Word.into(),
            occurred_at: Some(to_timestamp(self.message.at)),
            ..ContactConsentChanged::default()
        });
        Some(NewEvent::new(event.encode()))
    }

    fn sealed(&self, event_id: Uuid, of: SealedContent) -> Vec<u8> {
        let place = Place {
            team: self.team_id,
            contact: self.contact.contact_id,
            event: event_id,
        };
        seal_content(self.key, place, of, &self.message.text)
    }
}
