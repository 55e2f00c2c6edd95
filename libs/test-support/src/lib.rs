//! Real servers and patience for tests.
#![expect(
    clippy::expect_used,
    reason = "a test that can't be set up should panic"
)]

mod database;
mod leftovers;
mod nats;
mod polling;
mod servers;

pub use local_stack::Database;

pub use self::{database::TestDatabase, nats::TestNats, polling::eventually, servers::binaries};
