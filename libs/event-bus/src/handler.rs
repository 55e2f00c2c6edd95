use std::error::Error;

use event_sourcing::DecodeError;
use event_store::LoggedEvent;
use sqlx::PgTransaction;

/// Applies a log's events to a read model, or answers them with commands.
pub trait Handler: Send + Sync + 'static {
    /// Applies consecutive events of one partition, in order.
    ///
    /// What is changed through `tx` is committed together with the checkpoint, so each event has
    /// that effect once. What is done elsewhere may be done again after a crash, and has to be
    /// idempotent. Partitions are applied concurrently.
    fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        events: &[LoggedEvent],
    ) -> impl Future<Output = Result<(), HandlerError>> + Send;
}

/// Says what becomes of an event that could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// Passes by itself, such as a lost connection: apply again after a while.
    #[error("transient failure")]
    Transient(#[source] Box<dyn Error + Send + Sync>),
    /// Never passes, such as a payload that can't be decoded: stop the partition.
    #[error("permanent failure")]
    Permanent(#[source] Box<dyn Error + Send + Sync>),
}

impl HandlerError {
    pub fn transient(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Transient(error.into())
    }

    pub fn permanent(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Permanent(error.into())
    }
}

impl From<sqlx::Error> for HandlerError {
    fn from(error: sqlx::Error) -> Self {
        Self::Transient(error.into())
    }
}

impl From<DecodeError> for HandlerError {
    fn from(error: DecodeError) -> Self {
        Self::Permanent(error.into())
    }
}
