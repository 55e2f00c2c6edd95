use event_sourcing::DecodeError;

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot read the log's description")]
    Database(#[from] sqlx::Error),
    #[error("this database holds the log `{found}`, not `{wanted}`; check the database's address")]
    OtherLog { wanted: String, found: String },
}

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("cannot read the stream")]
    Database(#[from] sqlx::Error),
    #[error("cannot decode a stored event")]
    Decode(#[from] DecodeError),
}

#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Another writer appended first. Load again and decide again.
    #[error("stream is at version {actual}, not {expected}")]
    Conflict { expected: i64, actual: i64 },
    /// More events than one commit takes.
    #[error("{0} events are too many for one command")]
    TooLarge(usize),
    /// Whether the events were written is not known. Repeat with the same request id.
    #[error("cannot append: {0}")]
    Database(String),
    #[error("the event store is shutting down")]
    ShuttingDown,
}

/// Why a command had no effect. `Refused` is the aggregate's own answer; the rest is ours.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<E> {
    #[error(transparent)]
    Refused(E),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Append(#[from] AppendError),
}
