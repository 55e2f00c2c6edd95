#![doc = include_str!("../README.md")]

mod append;
mod appender;
mod batch;
mod error;
mod execute;
mod log;
mod meta;
mod read;
mod snapshot;
mod store;

pub use self::{
    append::{Append, Appended, Expected, NewEvent},
    appender::Appender,
    error::{AppendError, ExecuteError, LoadError, OpenError},
    execute::{CommandContext, Executed},
    log::{LogPosition, LoggedEvent, partition_of},
    meta::{LogConfig, LogMeta},
    read::{read_head, read_heads, read_log},
    snapshot::SnapshotCodec,
    store::{EventStore, Loaded},
};
