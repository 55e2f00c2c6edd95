use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State as Extract},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use channels::line::{parse_webhook, verify_signature};
use chrono::DateTime;
use events::{common::Channel, ingested::WebhookReceived, to_bytes, to_timestamp};
use futures_util::future::try_join_all;
use secrecy::SecretString;
use tracing::warn;
use uuid::Uuid;

use super::{Refused, answer, credentials, secrets, unavailable};
use crate::{http::serve::State, journal::Fact, queries::find_account, webhook_keys::WebhookKeys};

const SIGNATURE: &str = "x-line-signature";

/// `POST /v1/webhooks/line/{account_id}`: 200 only after every event in it is durable.
///
/// The signature is checked over the raw bytes, before anything of them is read.
///
/// An account that was disconnected is answered like one that never was: 404 tells LINE's error statistics
/// that nothing is here, and a LINE that sends again what failed still finds the account once it is reconnected.
pub(crate) async fn line(
    Extract(state): Extract<Arc<State>>,
    Path(account_id): Path<Uuid>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let now = state.journal.clock.now();
    let account = match find_account(&state.pool, account_id, now).await {
        Ok(Some(account)) if account.channel == i32::from(Channel::Line) => account,
        Ok(_) => return StatusCode::NOT_FOUND.into_response(),
        Err(error) => return unavailable(&error.into()),
    };
    let credentials = match credentials(&state, &account).await {
        Ok(credentials) => credentials,
        Err(error) => return unavailable(&error),
    };
    let secrets = secrets(credentials);
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    if !is_genuine(&secrets, &body, signature.unwrap_or_default()) {
        warn!(account.id = %account_id, "a webhook with a wrong signature");
        return StatusCode::UNAUTHORIZED.into_response();
    }
    answer(journal(&state, account_id, account.team_id, &body).await)
}

/// Tries them all whichever fits, so that the time it takes does not tell which.
fn is_genuine(secrets: &[SecretString], body: &[u8], signature: &str) -> bool {
    secrets.iter().fold(false, |genuine, secret| {
        verify_signature(secret, body, signature) | genuine
    })
}

async fn journal(
    state: &State,
    account_id: Uuid,
    team_id: Uuid,
    body: &[u8],
) -> Result<(), Refused> {
    let webhook = parse_webhook(body).map_err(|_| Refused::Malformed)?;
    let today = state.journal.clock.now().date_naive();
    let user_ids = webhook.events.iter();
    let user_ids = user_ids.filter_map(|event| event.user_id.as_deref());
    let keys = WebhookKeys::find(&state.vault, team_id, account_id, today, user_ids).await?;
    let keys = &keys;
    let takes = webhook.events.iter().map(|event| async {
        let event_id = Uuid::now_v7();
        let body = event.raw.get().as_bytes();
        let (sealed_body, sender) = keys.seal(event_id, event.user_id.as_deref(), body);
        // Without an id of LINE's own, the event's very bytes stand for it.
        let known_as = event.webhook_event_id.as_deref().unwrap_or(event.raw.get());
        let occurred_at = event.timestamp_ms.and_then(DateTime::from_timestamp_millis);
        let received = WebhookReceived {
            account_id: to_bytes(account_id),
            channel: Channel::Line.into(),
            webhook_event_id: event.webhook_event_id.clone().unwrap_or_default(),
            occurred_at: occurred_at.map(to_timestamp),
            key_day: keys.key_day,
            sealed_body,
            sender_key_id: sender.map(to_bytes).unwrap_or_default(),
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
