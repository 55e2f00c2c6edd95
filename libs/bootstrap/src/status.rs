use std::{collections::HashMap, error::Error, fmt::Write as _, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use tracing::error;

/// The domain of every reason that we give.
pub const ERROR_DOMAIN: &str = "fanfare";

/// One field of the request is wrong, for a `reason` that programs can match.
pub fn invalid_argument(field: &str, reason: &str, message: impl Into<String>) -> Status {
    let message = message.into();
    invalid_arguments(reason, &format!("{field}: {message}"), [(field, message)])
}

/// Several fields of the request are wrong.
pub fn invalid_arguments<'a>(
    reason: &str,
    message: &str,
    violations: impl IntoIterator<Item = (&'a str, String)>,
) -> Status {
    let mut details = details(reason);
    for (field, description) in violations {
        details.add_bad_request_violation(field, description);
    }
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// Also for what belongs to another team: that it exists is not ours to tell.
pub fn not_found(reason: &str, message: impl Into<String>) -> Status {
    Status::with_error_details(Code::NotFound, message, details(reason))
}

pub fn already_exists(reason: &str, message: impl Into<String>) -> Status {
    Status::with_error_details(Code::AlreadyExists, message, details(reason))
}

/// The state does not allow it: trying again without changing something is no use.
pub fn failed_precondition(reason: &str, message: impl Into<String>) -> Status {
    Status::with_error_details(Code::FailedPrecondition, message, details(reason))
}

/// Somebody else changed it first: read again and try again.
pub fn aborted(reason: &str, message: impl Into<String>) -> Status {
    Status::with_error_details(Code::Aborted, message, details(reason))
}

pub fn permission_denied(reason: &str, message: impl Into<String>) -> Status {
    Status::with_error_details(Code::PermissionDenied, message, details(reason))
}

pub fn unauthenticated(reason: &str, message: impl Into<String>) -> Status {
    Status::with_error_details(Code::Unauthenticated, message, details(reason))
}

/// Not now; the same call may succeed after `retry_after`.
pub fn unavailable(reason: &str, message: impl Into<String>, retry_after: Duration) -> Status {
    let mut details = details(reason);
    details.set_retry_info(Some(retry_after));
    Status::with_error_details(Code::Unavailable, message, details)
}

/// Too much at once; the same call may succeed after `retry_after`.
pub fn resource_exhausted(
    reason: &str,
    message: impl Into<String>,
    retry_after: Duration,
) -> Status {
    let mut details = details(reason);
    details.set_retry_info(Some(retry_after));
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

/// Logs what went wrong, and tells the caller only that something did.
pub fn internal(source: &(dyn Error + 'static)) -> Status {
    error!(error = chain(source), "request failed");
    Status::with_error_details(Code::Internal, "internal error", details("INTERNAL"))
}

/// The reason that a status was given, if it is one of ours.
pub fn reason(status: &Status) -> Option<String> {
    let info = status.get_details_error_info()?;
    (info.domain == ERROR_DOMAIN).then_some(info.reason)
}

/// An error and all that it came from, in one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        // Writing to a string can't fail.
        _ = write!(line, ": {error}");
        source = error.source();
    }
    line
}

fn details(reason: &str) -> ErrorDetails {
    debug_assert!(
        reason
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'),
        "a reason is in UPPER_SNAKE_CASE"
    );
    ErrorDetails::with_error_info(reason, ERROR_DOMAIN, HashMap::new())
}

#[cfg(test)]
mod tests {
    use std::{io, time::Duration};

    use tonic::Code;
    use tonic_types::StatusExt as _;

    use super::{chain, internal, invalid_argument, reason, unavailable};

    #[derive(Debug, thiserror::Error)]
    #[error("cannot append")]
    struct Outer(#[source] io::Error);

    #[test]
    fn a_wrong_argument_names_its_field_and_a_reason() {
        let status = invalid_argument("send_at", "SEND_AT_IN_THE_PAST", "is in the past");
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.message(), "send_at: is in the past");
        assert_eq!(reason(&status).as_deref(), Some("SEND_AT_IN_THE_PAST"));
        let violations = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, "send_at");
    }

    #[test]
    fn unavailable_says_when_to_try_again() {
        let status = unavailable("NOT_CAUGHT_UP", "still reading", Duration::from_secs(2));
        let retry = status.get_details_retry_info().unwrap();
        assert_eq!(retry.retry_delay, Some(Duration::from_secs(2)));
    }

    #[test]
    fn an_internal_error_tells_the_caller_nothing() {
        let status = internal(&Outer(io::Error::other("relation \"events\" is missing")));
        assert_eq!(status.message(), "internal error");
        assert!(!String::from_utf8_lossy(status.details()).contains("events"));
    }

    #[test]
    fn a_chain_has_every_level_once() {
        let error = Outer(io::Error::other("disk is full"));
        assert_eq!(chain(&error), "cannot append: disk is full");
    }
}
