#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("vault database failed")]
    Database(#[from] sqlx::Error),
    /// The master key is another, or somebody changed the row.
    #[error("stored {0} key can't be unwrapped: is the master key the one it was made with?")]
    Unwrap(&'static str),
    #[error("cannot open what was sealed")]
    Open(#[from] OpenError),
    #[error("another process made the {0} key, and it can't be found")]
    Vanished(&'static str),
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Changed, of another event, or sealed with another key.
    #[error("sealed bytes are not authentic")]
    NotAuthentic,
    /// Not destroyed, but absent: the vault has lost it, or it was not asked for.
    #[error("key is missing")]
    KeyMissing,
}

#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    #[error("set either `master_key` or `master_key_file`")]
    NotOne,
    #[error("cannot read the master key's file")]
    File(#[source] std::io::Error),
    #[error("master key must be 32 bytes in base64, as from `openssl rand -base64 32`")]
    Malformed,
}
