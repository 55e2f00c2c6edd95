//! Parses requests into commands. Decides nothing.

mod create;
mod service;
mod show;
mod templates;

pub(crate) use self::{service::BroadcastGrpc, templates::TemplatesGrpc};
