//! What can be wrong with a filter or a segment, as gRPC statuses.

use std::time::Duration;

use event_store::{AppendError, ExecuteError};
use segmentation_domain::{FilterError, InvalidSegmentName, SegmentsError, TextError};
use tonic::Status;

const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(super) fn wrong_filter(error: &FilterError) -> Status {
    bootstrap::invalid_argument(&error.path, error.reason, error.message.clone())
}

pub(super) fn wrong_text(field: &str, error: &TextError) -> Status {
    bootstrap::invalid_argument(field, error.reason, error.to_string())
}

pub(super) fn one_of(field: &str) -> Status {
    bootstrap::invalid_argument(field, "FILTER_TWICE", "say whom in one way only")
}

pub(super) fn no_filter() -> Status {
    bootstrap::invalid_argument("filter", "REQUIRED", "say who belongs to the segment")
}

pub(super) fn too_large() -> Status {
    let message = "is too large to be saved; use fewer tags";
    bootstrap::invalid_argument("filter", "FILTER_TOO_LARGE", message)
}

pub(super) fn wrong_name(error: InvalidSegmentName) -> Status {
    bootstrap::invalid_argument("name", "SEGMENT_NAME_INVALID", error.to_string())
}

pub(super) fn wrong_version() -> Status {
    bootstrap::invalid_argument("version", "VERSION_INVALID", "is no version")
}

pub(super) fn no_account() -> Status {
    bootstrap::not_found("ACCOUNT_NOT_FOUND", "there is no such account")
}

pub(super) fn no_segment() -> Status {
    bootstrap::not_found("SEGMENT_NOT_FOUND", "there is no such segment")
}

pub(super) fn changed_since() -> Status {
    let message = "the segment was saved, and has been changed again since";
    bootstrap::aborted("OTHER_VERSION", message)
}

pub(super) fn other_account() -> Status {
    let message = "is not the segment's account; leave it out";
    bootstrap::invalid_argument("account_id", "OTHER_ACCOUNT", message)
}

pub(super) fn deleted_tag(segment: &str, error: &FilterError) -> Status {
    let message = format!(
        "a tag of the segment {segment:?} has been deleted ({}): {}; save the segment anew",
        error.path, error.message
    );
    bootstrap::failed_precondition("SEGMENT_TAG_DELETED", message)
}

pub(super) fn execute(error: &ExecuteError<SegmentsError>) -> Status {
    match error {
        ExecuteError::Refused(refusal) => refused(refusal),
        ExecuteError::Append(AppendError::Conflict { .. }) => bootstrap::aborted(
            "CHANGED_AT_THE_SAME_TIME",
            "segments were changed at the same time; try again",
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

fn refused(refusal: &SegmentsError) -> Status {
    let message = refusal.to_string();
    match refusal {
        SegmentsError::NotFound => bootstrap::not_found("SEGMENT_NOT_FOUND", message),
        SegmentsError::OtherVersion(_) => bootstrap::aborted("OTHER_VERSION", message),
        SegmentsError::NameTaken(_) => bootstrap::already_exists("NAME_TAKEN", message),
        SegmentsError::TooMany => bootstrap::failed_precondition("TOO_MANY_SEGMENTS", message),
    }
}
