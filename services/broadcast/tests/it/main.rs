//! The broadcast service over a real socket, with a segmentation of the test's own.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod accounts;
mod app;
mod breaking;
mod carousels;
mod completing;
mod confirming;
mod contacts;
mod delivery;
mod drafting;
mod erasing;
mod freezing;
mod mail;
mod meta;
mod people;
mod places;
mod progress;
