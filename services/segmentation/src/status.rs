//! The one place where errors become gRPC statuses.

use std::time::Duration;

use event_bus::{ConsistencyToken, Progress};
use tonic::Status;
use uuid::Uuid;

use crate::index::Unready;

const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(crate) fn parse_id(field: &str, value: &str) -> Result<Uuid, Status> {
    Uuid::parse_str(value)
        .map_err(|_| bootstrap::invalid_argument(field, "NOT_A_UUID", "is not a UUID"))
}

pub(crate) fn services_only() -> Status {
    bootstrap::permission_denied(
        "SERVICES_ONLY",
        "an audience carries addresses: only services resolve it",
    )
}

pub(crate) fn no_format() -> Status {
    bootstrap::invalid_argument("format", "REQUIRED", "say CSV or JSONL")
}

pub(crate) fn too_many_exports() -> Status {
    bootstrap::resource_exhausted(
        "TOO_MANY_EXPORTS",
        "other exports are running; try again",
        RETRY_AFTER,
    )
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

pub(crate) fn unready(unready: &Unready) -> Status {
    let reason = match unready {
        Unready::Behind(_) => "READ_MODEL_BEHIND",
        Unready::Loading => "CONTACTS_LOADING",
    };
    bootstrap::unavailable(reason, unready.to_string(), RETRY_AFTER)
}

/// Waits until the read model has what the caller did before.
pub(crate) async fn caught_up(progress: &Progress, token: &str) -> Result<(), Status> {
    let token = parse_token(token)?;
    progress.wait_for(&token).await.map_err(|behind| {
        bootstrap::unavailable("READ_MODEL_BEHIND", behind.to_string(), RETRY_AFTER)
    })
}
