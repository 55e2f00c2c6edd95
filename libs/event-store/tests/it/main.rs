//! The event store on a real Postgres.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod append;
mod counter;
mod execute;
mod model;
mod reading;
mod support;
