//! Parses requests into commands. Decides nothing.

mod create;
mod service;
mod show;

pub(crate) use self::service::BroadcastGrpc;
