#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod app;
mod contact_keys;
mod erasure;
mod expiring_keys;
mod master_key;
mod sender_keys;
mod team_keys;
