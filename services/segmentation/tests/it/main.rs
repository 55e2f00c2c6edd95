//! Segmentation over a real socket, fed by a real contacts log.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod app;
mod asking;
mod audiences;
mod erasure;
mod filters;
mod following;
mod lists;
mod oracle;
mod people;
mod random_filters;
mod rebuild;
mod scale;
mod tags;
mod teams;
mod totals;
