#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod account;
mod ambiguity;
mod app;
mod content;
mod crashes;
mod ledger;
mod recipients;
mod rotation;
mod sending;
mod workers;
