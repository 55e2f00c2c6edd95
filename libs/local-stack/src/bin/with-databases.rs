//! Runs a command with every database migrated, and their addresses in its environment.
//!
//! For what checks SQL against real tables: `with-databases cargo check --workspace`.

use std::{
    env,
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::Context as _;
use local_stack::{
    Binaries, Database, Postgres, PostgresOptions, Storage, create_database, migrate,
};
use sqlx::PgPool;

/// Libraries whose tables are in several databases are checked against this one.
const SHARED: [&str; 2] = ["LOG_DATABASE_URL", "CONSUMER_DATABASE_URL"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    let program = arguments
        .next()
        .context("usage: with-databases COMMAND...")?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.fanfare");
    let binaries = Binaries::provision(&root, |_| {})?;
    let postgres = Postgres::start(&binaries, &PostgresOptions::new(Storage::ThrowAway))?;

    let mut command = Command::new(program);
    command.args(arguments);
    for database in Database::ALL {
        create_database(&postgres.admin_url(), database.name()).await?;
        let url = postgres.url(database.name());
        let pool = PgPool::connect(&url).await?;
        migrate(database, &pool).await?;
        pool.close().await;
        let variable = format!("{}_DATABASE_URL", database.name().to_ascii_uppercase());
        command.env(variable, url);
    }
    for variable in SHARED {
        command.env(variable, postgres.url(Database::Contacts.name()));
    }
    let status = command.status().context("cannot run the command")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
