use std::sync::Arc;

use anyhow::Context as _;
use axum::{
    body::Bytes,
    extract::{Path, State as Extract},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use channels::line::{parse_webhook, verify_signature};
use chrono::{DateTime, NaiveDate};
use events::{
    common::Channel, contact::AccountCredentials, ingested::WebhookReceived, to_bytes, to_timestamp,
};
use futures_util::future::try_join_all;
use prost::Message as _;
use secrecy::SecretString;
use tracing::{error, warn};
use uuid::Uuid;

use super::serve::State;
use crate::{
    journal::Fact,
    queries::{Account, find_account},
};

const SIGNATURE: &str = "x-line-signature";

/// `POST /v1/webhooks/line/{account_id}`: 200 only after every event in it is durable.
///
/// The signature is checked over the raw bytes, before anything of them is read.
pub(crate) async fn line(
    Extract(state): Extract<Arc<State>>,
    Path(account_id): Path<Uuid>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let account = match find_account(&state.pool, account_id).await {
        Ok(Some(account)) if account.channel == i32::from(Channel::Line) => account,
        Ok(_) => return StatusCode::NOT_FOUND.into_response(),
        Err(error) => return unavailable(&error.into()),
    };
    let secret = match channel_secret(&state, &account).await {
        Ok(secret) => secret,
        Err(error) => return unavailable(&error),
    };
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    if !verify_signature(&secret, &body, signature.unwrap_or_default()) {
        warn!(account.id = %account_id, "a webhook with a wrong signature");
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match journal(&state, account_id, account.team_id, &body).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(Refused::Malformed) => StatusCode::BAD_REQUEST.into_response(),
        Err(Refused::Unavailable(error)) => unavailable(&error),
    }
}

enum Refused {
    Malformed,
    Unavailable(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Unavailable(error.into())
    }
}

async fn channel_secret(state: &State, account: &Account) -> anyhow::Result<SecretString> {
    let opened = state
        .vault
        .open_for_team(account.team_id, "credentials", &account.sealed_credentials)
        .await?;
    let credentials = AccountCredentials::decode(opened.as_slice())?;
    Ok(credentials.channel_secret.into())
}

async fn journal(
    state: &State,
    account_id: Uuid,
    team_id: Uuid,
    body: &[u8],
) -> Result<(), Refused> {
    let webhook = parse_webhook(body).map_err(|_| Refused::Malformed)?;
    let today = state.journal.clock.now().date_naive();
    let key_day = u32::try_from((today - NaiveDate::default()).num_days())?;
    let key = state.vault.day_key(today).await?;
    let key = key.context("today's key was destroyed; check the clock")?;
    let takes = webhook.events.iter().map(|event| async {
        let event_id = Uuid::now_v7();
        let aad = vault::Aad {
            team_id,
            subject_id: account_id,
            event_id,
            event_type: "fanfare.events.ingress.v1.WebhookReceived",
        };
        // Without an id of LINE's own, the event's very bytes stand for it.
        let known_as = event.webhook_event_id.as_deref().unwrap_or(event.raw.get());
        let occurred_at = event.timestamp_ms.and_then(DateTime::from_timestamp_millis);
        let received = WebhookReceived {
            account_id: to_bytes(account_id),
            channel: Channel::Line.into(),
            webhook_event_id: event.webhook_event_id.clone().unwrap_or_default(),
            occurred_at: occurred_at.map(to_timestamp),
            key_day,
            sealed_body: key.seal(&aad, event.raw.get().as_bytes()),
        };
        let name = format!("webhook/{known_as}");
        state
            .journal
            .take(Fact {
                category: "webhook",
                stream_id: Uuid::new_v5(&account_id, name.as_bytes()),
                team_id,
                event_id,
                event: received.into(),
            })
            .await?;
        Ok::<_, Refused>(())
    });
    try_join_all(takes).await?;
    Ok(())
}

/// The channel sends it again.
fn unavailable(error: &anyhow::Error) -> Response {
    error!(error = format!("{error:#}"), "cannot take a webhook");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}
