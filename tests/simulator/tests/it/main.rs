#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod access;
mod app;
mod browsing;
mod content;
mod email;
mod faults;
mod graph;
mod limits;
mod messenger;
mod npm_peers;
mod peers;
mod process;
mod recipients;
mod retry_keys;
mod webhooks;
mod whatsapp;
