//! The binary itself: the demo against an independent count, and processes killed in mid-broadcast.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod command_line;
mod demo;
mod installation;
mod kills;
mod reference;
