//! Relay and consumer between a real Postgres and a real JetStream.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod consumer;
mod faults;
mod relay;
mod stops;
mod support;
mod tally;
