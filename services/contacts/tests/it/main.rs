//! The contacts service on a real Postgres and NATS, over real sockets.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod account_changes;
mod account_claims;
mod account_requests;
mod account_secrets;
mod accounts;
mod app;
mod audience;
mod broadcasts;
mod consent;
mod conversation;
mod erasure;
mod history;
mod import_jobs;
mod importing;
mod imports;
mod ingress;
mod job_crashes;
mod job_requests;
mod jobs;
mod mail;
mod read_model;
mod reused_ids;
mod site;
mod tags;
mod talk;
mod teams;
mod updates;
mod webhooks;
mod webhooks_meta;
