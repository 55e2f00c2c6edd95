//! Private Postgres and NATS for a laptop and for tests, from pinned binaries, and the migrations of each database.

mod account;
mod binaries;
mod cluster;
mod command;
mod database_url;
mod guardian;
mod migrations;
mod nats;
mod port;
mod postgres;
mod stack;
mod storage;
mod wheels;

pub use self::{
    binaries::Binaries,
    database_url::{create_database, with_database},
    migrations::{Database, migrate},
    nats::{Nats, NatsOptions},
    port::free_port,
    postgres::{Postgres, PostgresOptions},
    stack::LocalStack,
    storage::Storage,
};
