//! Real servers and patience for tests.
#![expect(
    clippy::expect_used,
    reason = "a test that can't be set up should panic"
)]

mod breaking;
mod database;
mod leftovers;
mod nats;
#[cfg(feature = "peers")]
mod peer_log;
mod polling;
mod servers;

pub use local_stack::Database;

#[cfg(feature = "peers")]
pub use self::peer_log::PeerLog;
pub use self::{
    breaking::{Break, Breakable, Place},
    database::TestDatabase,
    nats::TestNats,
    polling::eventually,
    servers::binaries,
};
