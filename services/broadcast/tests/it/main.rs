//! The broadcast service over a real socket, with a segmentation of the test's own.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod app;
mod breaking;
mod completing;
mod confirming;
mod delivery;
mod drafting;
mod freezing;
mod people;
mod places;
