//! Segmentation over a real socket, fed by a real contacts log.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod app;
mod audiences;
mod filters;
mod random_filters;
mod rebuild;
