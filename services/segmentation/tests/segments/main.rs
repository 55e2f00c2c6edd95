//! Saved segments, filters in their forms, and exports, over a real socket.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod app;
mod asked;
mod exports;
mod parsing;
mod people;
mod saved;
mod teams;
