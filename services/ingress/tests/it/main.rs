//! The ingress over real sockets, on a real Postgres and NATS.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod accounts;
mod app;
mod clicks;
mod contacts;
mod mail_reports;
mod meta;
mod orders;
mod unsubscribe;
mod webhooks;
