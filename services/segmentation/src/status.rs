//! The one place where errors become gRPC statuses.

use std::time::Duration;

use event_bus::{ConsistencyToken, Progress};
use tonic::Status;
use uuid::Uuid;

use crate::filter::FilterError;

const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(crate) fn wrong_filter(error: &FilterError) -> Status {
    bootstrap::invalid_argument(&error.field, "FILTER_INVALID", error.message)
}

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

/// Waits until the read model has what the caller did before.
pub(crate) async fn caught_up(progress: &Progress, token: &str) -> Result<(), Status> {
    let token = ConsistencyToken::decode(token).map_err(|error| {
        bootstrap::invalid_argument(
            "consistency_token",
            "CONSISTENCY_TOKEN_INVALID",
            error.to_string(),
        )
    })?;
    progress.wait_for(&token).await.map_err(|behind| {
        bootstrap::unavailable("READ_MODEL_BEHIND", behind.to_string(), RETRY_AFTER)
    })
}
