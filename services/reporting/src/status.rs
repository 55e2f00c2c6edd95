//! The one place where errors become gRPC statuses.

use std::time::Duration;

use bootstrap::{failed_precondition, internal, invalid_argument, not_found, unavailable};
use event_bus::Behind;
use tonic::Status;

const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Also another team's.
pub(crate) fn no_such_broadcast() -> Status {
    not_found(
        "BROADCAST_NOT_FOUND",
        "no report of this broadcast; it may be too new, or not yours",
    )
}

pub(crate) fn invalid_id(field: &str) -> Status {
    invalid_argument(field, "ID_INVALID", "must be a UUID")
}

pub(crate) fn no_list() -> Status {
    invalid_argument(
        "status",
        "STATUS_REQUIRED",
        "must name the number whose list is wanted",
    )
}

pub(crate) fn number_absent() -> Status {
    failed_precondition(
        "NUMBER_ABSENT",
        "the report has no such number, since the channel does not tell it of a single person",
    )
}

pub(crate) fn invalid_consistency_token() -> Status {
    invalid_argument(
        "consistency_token",
        "CONSISTENCY_TOKEN_INVALID",
        "was not returned by a command",
    )
}

pub(crate) fn invalid_page_token() -> Status {
    invalid_argument(
        "page_token",
        "PAGE_TOKEN_INVALID",
        "was not given for this list",
    )
}

pub(crate) fn behind(behind: &Behind) -> Status {
    unavailable("READ_MODEL_BEHIND", behind.to_string(), RETRY_AFTER)
}

pub(crate) fn failed(error: &sqlx::Error) -> Status {
    internal(error)
}
