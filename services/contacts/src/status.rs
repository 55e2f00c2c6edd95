//! The one place where errors become gRPC statuses.

use std::time::Duration;

use contacts_domain::{AccountError, InvalidAccount, JobError, TagError};
use event_bus::{Behind, ConsistencyToken, Progress};
use event_store::{AppendError, ExecuteError};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{commands::CommandError, import::FileError, jobs::StartError};

const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(crate) fn execute(error: &ExecuteError<AccountError>) -> Status {
    match error {
        ExecuteError::Refused(refusal) => refused_account(*refusal),
        ExecuteError::Append(AppendError::Conflict { .. }) => bootstrap::aborted(
            "CHANGED_AT_THE_SAME_TIME",
            "the account was changed at the same time; try again",
        ),
        ExecuteError::Append(AppendError::ShuttingDown) => shutting_down(),
        ExecuteError::Append(AppendError::Database(_) | AppendError::TooLarge(_))
        | ExecuteError::Load(_) => bootstrap::internal(error),
    }
}

pub(crate) fn refused_account(refusal: AccountError) -> Status {
    let message = refusal.to_string();
    match refusal {
        AccountError::NotFound => no_account(),
        AccountError::OtherDetails => bootstrap::already_exists("REQUEST_ID_REUSED", message),
        AccountError::AlreadyConnected => {
            bootstrap::failed_precondition("ACCOUNT_CONNECTED", message)
        }
        AccountError::AlreadyDisconnected => {
            bootstrap::failed_precondition("ACCOUNT_ALREADY_DISCONNECTED", message)
        }
        AccountError::Disconnected => {
            bootstrap::failed_precondition("ACCOUNT_DISCONNECTED", message)
        }
    }
}

/// The other account is the same team's, so that it may be named.
pub(crate) fn account_taken(account_id: Uuid) -> Status {
    bootstrap::already_exists(
        "CHANNEL_ACCOUNT_CONNECTED",
        format!(
            "this account of the channel is connected already, as {account_id}; give that one the new \
             credentials, or disconnect it first"
        ),
    )
}

pub(crate) fn account_being_connected() -> Status {
    bootstrap::aborted(
        "CHANGED_AT_THE_SAME_TIME",
        "this account of the channel is being connected by another request; try again",
    )
}

pub(crate) fn invalid_account(error: InvalidAccount) -> Status {
    bootstrap::invalid_argument(error.field(), "ACCOUNT_DETAILS_INVALID", error.to_string())
}

/// What came before has been imported, and may be sent again.
pub(crate) fn unreadable(error: &FileError) -> Status {
    match error {
        FileError::Changed => bootstrap::failed_precondition("FILE_CHANGED", error.to_string()),
        FileError::TooManyTags => {
            bootstrap::failed_precondition("TOO_MANY_TAGS", error.to_string())
        }
        FileError::Internal(source) => bootstrap::internal(&**source),
        FileError::NoExternalId
        | FileError::NoColumn(_)
        | FileError::ColumnTwice(_)
        | FileError::RowTooLong(_)
        | FileError::TooManyRows(_)
        | FileError::Interrupted => {
            bootstrap::invalid_argument("data", "FILE_UNREADABLE", error.to_string())
        }
    }
}

pub(crate) fn import_taken_over() -> Status {
    bootstrap::aborted(
        "IMPORT_TAKEN_OVER",
        "the file is being sent by another caller under the same job id",
    )
}

pub(crate) fn silent(time: Duration) -> Status {
    bootstrap::aborted(
        "NOTHING_SENT",
        format!(
            "nothing of the file came for {} seconds; send it again under the same job id, and it goes on \
             where it stopped",
            time.as_secs()
        ),
    )
}

pub(crate) fn import_cancelled(rows: i64) -> Status {
    bootstrap::aborted(
        "JOB_CANCELLED",
        format!("the import was cancelled after {rows} rows; what was imported until then stays"),
    )
}

fn shutting_down() -> Status {
    bootstrap::unavailable(
        "SHUTTING_DOWN",
        "the service is shutting down; try again",
        RETRY_AFTER,
    )
}

pub(crate) fn behind(behind: &Behind) -> Status {
    bootstrap::unavailable("READ_MODEL_BEHIND", behind.to_string(), RETRY_AFTER)
}

pub(crate) fn busy() -> Status {
    bootstrap::resource_exhausted(
        "TOO_MANY_IMPORTS",
        "many files are being imported; try again",
        RETRY_AFTER,
    )
}

pub(crate) fn no_account() -> Status {
    bootstrap::not_found("ACCOUNT_NOT_FOUND", "there is no such account")
}

pub(crate) fn no_contact() -> Status {
    bootstrap::not_found("CONTACT_NOT_FOUND", "there is no such contact")
}

pub(crate) fn no_job() -> Status {
    bootstrap::not_found("JOB_NOT_FOUND", "there is no such job")
}

/// There is, but the read model does not know it yet.
pub(crate) fn not_yet(status: Status) -> Status {
    if status.code() == Code::NotFound {
        return bootstrap::unavailable(
            "READ_MODEL_BEHIND",
            "it was started, and can't be shown yet; ask again",
            RETRY_AFTER,
        );
    }
    status
}

pub(crate) fn job_ended() -> Status {
    bootstrap::failed_precondition("JOB_ENDED", JobError::Ended.to_string())
}

pub(crate) fn start_job(error: &StartError) -> Status {
    match error {
        StartError::Tags(refusal) => {
            bootstrap::failed_precondition("TOO_MANY_TAGS", refusal.to_string())
        }
        StartError::NoAccount => no_account(),
        StartError::Filter(refusal) => refusal.as_ref().clone(),
        StartError::Refused(refusal) => refused_job(*refusal),
        StartError::Execute(ExecuteError::Append(AppendError::ShuttingDown)) => shutting_down(),
        StartError::Database(_)
        | StartError::Vault(_)
        | StartError::Load(_)
        | StartError::Dictionary(_)
        | StartError::Execute(_) => bootstrap::internal(error),
    }
}

pub(crate) fn refused_job(refusal: JobError) -> Status {
    match refusal {
        JobError::NotFound => no_job(),
        JobError::OtherRequest => bootstrap::already_exists("JOB_ID_REUSED", refusal.to_string()),
        JobError::Ended => job_ended(),
        JobError::Import => bootstrap::failed_precondition("JOB_IS_AN_IMPORT", refusal.to_string()),
    }
}

pub(crate) fn required(field: &str) -> Status {
    bootstrap::invalid_argument(field, "REQUIRED", "is required")
}

pub(crate) fn parse_id(field: &str, value: &str) -> Result<Uuid, Status> {
    Uuid::parse_str(value)
        .map_err(|_| bootstrap::invalid_argument(field, "NOT_A_UUID", "is not a UUID"))
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
    progress
        .wait_for(&token)
        .await
        .map_err(|error| behind(&error))
}

pub(crate) fn tags(error: &ExecuteError<TagError>) -> Status {
    match error {
        ExecuteError::Refused(TagError::NotFound) => {
            bootstrap::not_found("TAG_NOT_FOUND", TagError::NotFound.to_string())
        }
        ExecuteError::Refused(TagError::NameTaken) => {
            bootstrap::already_exists("TAG_EXISTS", TagError::NameTaken.to_string())
        }
        ExecuteError::Refused(TagError::TooMany) => {
            bootstrap::failed_precondition("TOO_MANY_TAGS", TagError::TooMany.to_string())
        }
        ExecuteError::Append(error) => append(error),
        ExecuteError::Load(error) => bootstrap::internal(error),
    }
}

pub(crate) fn command(error: &CommandError) -> Status {
    match error {
        CommandError::Reused => bootstrap::already_exists(
            "REQUEST_ID_REUSED",
            format!("request_id: {error}; nothing was done now"),
        ),
        CommandError::Append(error) => append(error),
        CommandError::Database(error) => bootstrap::internal(error),
    }
}

/// The log did not take it, whatever it is.
fn append(error: &AppendError) -> Status {
    match error {
        AppendError::Conflict { .. } => bootstrap::aborted(
            "CHANGED_AT_THE_SAME_TIME",
            "it was changed at the same time; try again",
        ),
        AppendError::ShuttingDown => bootstrap::unavailable(
            "SHUTTING_DOWN",
            "the service is shutting down; try again",
            RETRY_AFTER,
        ),
        AppendError::Database(_) | AppendError::TooLarge(_) => bootstrap::internal(error),
    }
}

/// Of several, this one is not there.
pub(crate) fn no_such_contact(index: usize) -> Status {
    bootstrap::not_found(
        "CONTACT_NOT_FOUND",
        format!("contact_ids[{index}]: there is no such contact; nothing was changed"),
    )
}

pub(crate) fn person_opted_out(contact_ids: &[Uuid]) -> Status {
    bootstrap::failed_precondition(
        "PERSON_OPTED_OUT",
        format!(
            "who opted out in person can only opt in in person; nothing was changed. Leave out {}",
            some_of(contact_ids)
        ),
    )
}

pub(crate) fn person_blocked(contact_ids: &[Uuid]) -> Status {
    bootstrap::failed_precondition(
        "PERSON_BLOCKED",
        format!(
            "who blocks the account can only take that back in the channel; nothing was changed. Leave out {}",
            some_of(contact_ids)
        ),
    )
}

/// A message has its limits.
fn some_of(contact_ids: &[Uuid]) -> String {
    const NAMED_MAX: usize = 20;
    let named = contact_ids.iter().take(NAMED_MAX).map(Uuid::to_string);
    let named = named.collect::<Vec<_>>().join(", ");
    match contact_ids.len().saturating_sub(NAMED_MAX) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

pub(crate) fn contact_changed() -> Status {
    bootstrap::aborted(
        "ETAG_MISMATCH",
        "the contact was changed since; read it again and decide again",
    )
}
