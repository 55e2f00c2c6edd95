//! The binary itself: the demo against an independent count, and processes killed in mid-broadcast.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod accounts;
mod bulk;
mod command_line;
mod contacts;
mod counts;
mod demo;
mod dynamic;
mod erasure;
mod installation;
mod jobs;
mod kills;
mod reference;
mod segments;
mod tenants;
