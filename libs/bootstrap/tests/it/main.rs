#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod app;
mod calls;
mod draining;
