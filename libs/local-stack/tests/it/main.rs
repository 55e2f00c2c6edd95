#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod crash;
mod parent;
mod provision;
mod stack;
mod support;
