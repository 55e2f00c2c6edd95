//! The contacts service on a real Postgres and NATS, over real sockets.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod accounts;
mod app;
mod imports;
mod ingress;
mod read_model;
mod teams;
mod webhooks;
