use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, Query, State as Extract},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use broadcast_domain::Correlation;
use channels::meta::{subscription_challenge, verify_signature};
use events::{
    common::{Channel, ProgressKind},
    ingested::{MessageProgressed, PersonEvent, WebhookReceived},
    to_bytes,
};
use futures_util::future::try_join_all;
use prost::Message as _;
use prost_types::Timestamp;
use serde::Deserialize;
use tracing::warn;
use uuid::Uuid;
use vault::LookupKey;

use super::{Refused, answer, credentials, secrets, unavailable};
use crate::{
    http::serve::State,
    journal::Fact,
    queries::{Account, find_account},
    webhook_keys::WebhookKeys,
};

const SIGNATURE: &str = "x-hub-signature-256";

/// What one post comes to.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) people: Vec<PersonEvent>,
    pub(super) progress: Vec<Progress>,
    /// Events of other pages and numbers than the account's own: they are nobody's here.
    pub(super) strangers: usize,
}

/// How far a message got.
#[derive(Debug)]
pub(super) struct Progress {
    /// `None`: it is of everything that the person was sent until `occurred_at`.
    pub(super) message_id: Option<String>,
    /// The channel's id of the person, where what is told of people has to find the message.
    pub(super) person: Option<String>,
    /// What was sent along with the message.
    pub(super) correlation: Option<String>,
    pub(super) kind: ProgressKind,
    pub(super) code: String,
    pub(super) occurred_at: Option<Timestamp>,
}

/// What Meta asks before it posts to an address.
#[derive(Debug, Deserialize)]
pub(crate) struct Subscription {
    #[serde(rename = "hub.mode", default)]
    mode: String,
    #[serde(rename = "hub.verify_token", default)]
    verify_token: String,
    #[serde(rename = "hub.challenge", default)]
    challenge: String,
}

pub(crate) async fn verify_messenger(
    Extract(state): Extract<Arc<State>>,
    Path(account_id): Path<Uuid>,
    Query(asked): Query<Subscription>,
) -> Response {
    verify(&state, Channel::Messenger, account_id, &asked).await
}

pub(crate) async fn verify_whatsapp(
    Extract(state): Extract<Arc<State>>,
    Path(account_id): Path<Uuid>,
    Query(asked): Query<Subscription>,
) -> Response {
    verify(&state, Channel::Whatsapp, account_id, &asked).await
}

/// `POST /v1/webhooks/messenger/{account_id}`: 200 only after every event in it is durable.
pub(crate) async fn messenger(
    Extract(state): Extract<Arc<State>>,
    Path(account_id): Path<Uuid>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    take(&state, Channel::Messenger, account_id, &headers, &body).await
}

/// `POST /v1/webhooks/whatsapp/{account_id}`: 200 only after every event in it is durable.
pub(crate) async fn whatsapp(
    Extract(state): Extract<Arc<State>>,
    Path(account_id): Path<Uuid>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    take(&state, Channel::Whatsapp, account_id, &headers, &body).await
}

async fn find(state: &State, channel: Channel, account_id: Uuid) -> Result<Account, Response> {
    let now = state.journal.clock.now();
    match find_account(&state.pool, account_id, now).await {
        Ok(Some(account)) if account.channel == i32::from(channel) => Ok(account),
        Ok(_) => Err(StatusCode::NOT_FOUND.into_response()),
        Err(error) => Err(unavailable(&error.into())),
    }
}

/// The challenge, if the token is the account's, or was until a moment ago.
async fn verify(
    state: &State,
    channel: Channel,
    account_id: Uuid,
    asked: &Subscription,
) -> Response {
    let account = match find(state, channel, account_id).await {
        Ok(account) => account,
        Err(response) => return response,
    };
    let credentials = match credentials(state, &account).await {
        Ok(credentials) => credentials,
        Err(error) => return unavailable(&error),
    };
    // All are tried, so that the time it takes does not tell which fits.
    let answered = credentials.into_iter().fold(None, |answered, credentials| {
        let token = credentials.verify_token.into();
        let challenge =
            subscription_challenge(&token, &asked.mode, &asked.verify_token, &asked.challenge);
        challenge.or(answered)
    });
    match answered {
        Some(challenge) => challenge.to_owned().into_response(),
        None => StatusCode::FORBIDDEN.into_response(),
    }
}

/// The signature is checked over the raw bytes, before anything of them is read.
async fn take(
    state: &State,
    channel: Channel,
    account_id: Uuid,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let account = match find(state, channel, account_id).await {
        Ok(account) => account,
        Err(response) => return response,
    };
    let credentials = match credentials(state, &account).await {
        Ok(credentials) => credentials,
        Err(error) => return unavailable(&error),
    };
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    let signature = signature.unwrap_or_default();
    let genuine = secrets(credentials).iter().fold(false, |genuine, secret| {
        verify_signature(secret, body, signature) | genuine
    });
    if !genuine {
        warn!(account.id = %account_id, "a webhook with a wrong signature");
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let own_id = account.channel_account_id.as_str();
    let told = match channel {
        Channel::Messenger => super::messenger::read(body, own_id),
        Channel::Whatsapp => super::whatsapp::read(body, own_id),
        Channel::Line | Channel::Email | Channel::Unspecified => None,
    };
    let Some(told) = told else {
        return answer(Err(Refused::Malformed));
    };
    if told.strangers > 0 {
        warn!(
            account.id = %account_id,
            events = told.strangers,
            "a webhook tells of another page or number; it was not taken"
        );
    }
    let source = Source {
        state,
        channel,
        account_id,
        team_id: account.team_id,
    };
    answer(source.journal(told).await)
}

/// Whose post it is.
struct Source<'a> {
    state: &'a State,
    channel: Channel,
    account_id: Uuid,
    team_id: Uuid,
}

impl Source<'_> {
    async fn journal(&self, told: Told) -> Result<(), Refused> {
        let today = self.state.journal.clock.now().date_naive();
        let vault = &self.state.vault;
        let lookup = vault.lookup_key(self.team_id).await?;
        let ids = told.people.iter().map(|event| event.external_id.as_str());
        let keys = WebhookKeys::find(vault, self.team_id, self.account_id, today, ids).await?;
        let people = told.people.iter();
        let people = people.map(|event| self.person(event, &keys, &lookup));
        let progress = told.progress.into_iter();
        let progress = progress.map(|progress| self.progress(progress, &lookup));
        let facts: Vec<Fact> = people.chain(progress).collect();
        let journal = &self.state.journal;
        try_join_all(facts.into_iter().map(|fact| journal.take(fact))).await?;
        Ok(())
    }

    fn person(&self, event: &PersonEvent, keys: &WebhookKeys, lookup: &LookupKey) -> Fact {
        let event_id = Uuid::now_v7();
        let external_id = Some(event.external_id.as_str());
        let (sealed_body, sender) = keys.seal(event_id, external_id, &event.encode_to_vec());
        // An id of Meta's may hold a person's number.
        let known_as = lookup.message(&event.event_id);
        let received = WebhookReceived {
            account_id: to_bytes(self.account_id),
            channel: self.channel.into(),
            webhook_event_id: String::new(),
            occurred_at: event.occurred_at,
            key_day: keys.key_day,
            sealed_body,
            sender_key_id: sender.map(to_bytes).unwrap_or_default(),
        };
        let name = [b"person/".as_slice(), &known_as].concat();
        Fact {
            category: "webhook",
            stream_id: Uuid::new_v5(&self.account_id, &name),
            team_id: self.team_id,
            event_id,
            event: received.into(),
        }
    }

    fn progress(&self, progress: Progress, lookup: &LookupKey) -> Fact {
        let message_key = progress.message_id.map(|id| lookup.message(&id));
        let person_key = progress
            .person
            .map(|id| lookup.identity(self.account_id, &id));
        let ours = progress.correlation.as_deref().and_then(Correlation::parse);
        let progressed = MessageProgressed {
            account_id: to_bytes(self.account_id),
            channel: self.channel.into(),
            correlation: ours.map(|ours| ours.to_string()).unwrap_or_default(),
            channel_message_key: message_key.map_or_else(Vec::new, Vec::from),
            kind: progress.kind.into(),
            code: progress.code,
            occurred_at: progress.occurred_at,
            person_key: person_key.map_or_else(Vec::new, Vec::from),
        };
        let kind = [progress.kind as u8];
        let name = match (message_key, person_key) {
            (Some(key), _) => [b"progress/".as_slice(), &key, &kind].concat(),
            (None, person) => {
                let until = progress.occurred_at.unwrap_or_default();
                let until = [
                    until.seconds.to_be_bytes(),
                    i64::from(until.nanos).to_be_bytes(),
                ];
                let person = person.unwrap_or_default();
                [b"until/".as_slice(), &person, &until.concat(), &kind].concat()
            }
        };
        Fact {
            category: "progress",
            stream_id: Uuid::new_v5(&self.account_id, &name),
            team_id: self.team_id,
            event_id: Uuid::now_v7(),
            event: progressed.into(),
        }
    }
}

/// Milliseconds since 1970, as Meta gives them.
pub(super) fn timestamp(milliseconds: Option<i64>) -> Option<Timestamp> {
    let at = chrono::DateTime::from_timestamp_millis(milliseconds?);
    at.map(events::to_timestamp)
}
