//! The one place where errors become gRPC statuses.

use std::time::Duration;

use broadcast_domain::BroadcastError;
use event_bus::{ConsistencyToken, Progress};
use event_store::{AppendError, ExecuteError};
use tonic::Status;
use uuid::Uuid;

use crate::{asking::Refused, content::WrongContent};

const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(crate) fn execute(error: &ExecuteError<BroadcastError>) -> Status {
    match error {
        ExecuteError::Refused(refusal) => refused(*refusal),
        ExecuteError::Append(AppendError::Conflict { .. }) => bootstrap::aborted(
            "CHANGED_AT_THE_SAME_TIME",
            "the broadcast was changed at the same time; try again",
        ),
        ExecuteError::Append(AppendError::ShuttingDown) => bootstrap::unavailable(
            "SHUTTING_DOWN",
            "the service is shutting down; try again",
            RETRY_AFTER,
        ),
        ExecuteError::Append(AppendError::Database(_) | AppendError::TooLarge(_))
        | ExecuteError::Load(_) => bootstrap::internal(error),
    }
}

pub(crate) fn refused(refusal: BroadcastError) -> Status {
    let message = refusal.to_string();
    let failed = |reason| bootstrap::failed_precondition(reason, message.clone());
    match refusal {
        BroadcastError::NotFound => no_broadcast(),
        BroadcastError::AlreadyExists => bootstrap::already_exists("REQUEST_ID_REUSED", message),
        BroadcastError::NotConfirmed => failed("BROADCAST_NOT_CONFIRMED"),
        BroadcastError::Preparing => failed("BROADCAST_PREPARING"),
        BroadcastError::AlreadyConfirmed | BroadcastError::AlreadyFrozen => {
            failed("BROADCAST_ALREADY_CONFIRMED")
        }
        BroadcastError::Done => failed("BROADCAST_DONE"),
        BroadcastError::Stopped => failed("BROADCAST_STOPPED"),
    }
}

pub(crate) fn no_broadcast() -> Status {
    bootstrap::not_found("BROADCAST_NOT_FOUND", "there is no such broadcast")
}

pub(crate) fn no_account() -> Status {
    bootstrap::not_found("ACCOUNT_NOT_FOUND", "there is no such account")
}

pub(crate) fn account_disconnected() -> Status {
    bootstrap::failed_precondition(
        "ACCOUNT_DISCONNECTED",
        "the broadcast's account is disconnected, so that nothing can be sent; reconnect it first",
    )
}

pub(crate) fn other_channel() -> Status {
    bootstrap::failed_precondition(
        "CHANNEL_NOT_SENT_TO",
        "broadcasts are sent to LINE, Messenger, WhatsApp and e-mail accounts; this account is of another channel",
    )
}

pub(crate) fn wrong_content(error: &WrongContent) -> Status {
    let personal = matches!(error, WrongContent::PersonalLinks | WrongContent::NoLinks);
    let field = if personal {
        "personal_links"
    } else {
        "messages"
    };
    bootstrap::invalid_argument(field, "CONTENT_INVALID", error.to_string())
}

/// Only what the channel says: the same content passed our own checks.
pub(crate) fn refused_by_channel(refused: &Refused) -> Status {
    let field = refused.field.as_deref().unwrap_or("messages");
    let detail = &refused.detail;
    bootstrap::invalid_argument(
        field,
        "CONTENT_REFUSED",
        format!("{field}: the channel refuses it: {detail}"),
    )
}

pub(crate) fn preview_outdated(changed: &[&str]) -> Status {
    let what = if changed.is_empty() {
        "it is not the hash of this broadcast's preview".to_owned()
    } else {
        format!("changed since: {}", changed.join(", "))
    };
    bootstrap::aborted(
        "PREVIEW_OUTDATED",
        format!("the preview no longer holds; {what}. Preview it again"),
    )
}

pub(crate) fn parse_id(field: &str, value: &str) -> Result<Uuid, Status> {
    Uuid::parse_str(value)
        .map_err(|_| bootstrap::invalid_argument(field, "NOT_A_UUID", "is not a UUID"))
}

pub(crate) fn parse_token(token: &str) -> Result<ConsistencyToken, Status> {
    ConsistencyToken::decode(token).map_err(|error| {
        bootstrap::invalid_argument(
            "consistency_token",
            "CONSISTENCY_TOKEN_INVALID",
            error.to_string(),
        )
    })
}

/// Waits until a read model has what the caller did before.
pub(crate) async fn caught_up(progress: &Progress, token: &ConsistencyToken) -> Result<(), Status> {
    progress.wait_for(token).await.map_err(|behind| {
        bootstrap::unavailable("READ_MODEL_BEHIND", behind.to_string(), RETRY_AFTER)
    })
}
