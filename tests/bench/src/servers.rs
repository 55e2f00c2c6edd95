use std::path::Path;

use anyhow::Context as _;
use local_stack::{
    Binaries, Database, Nats, NatsOptions, Postgres, PostgresOptions, Storage, create_database,
    migrate,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, postgres::PgPoolOptions};
use tempfile::TempDir;
use tokio::task::block_in_place;

use crate::output::Output;

/// As a server of its own would have them; what is said nowhere is Postgres's default. fsync,
/// full-page writes and synchronous commit are on.
const POSTGRES_SETTINGS: [&str; 5] = [
    "shared_buffers=1GB",
    "wal_buffers=64MB",
    "max_wal_size=16GB",
    // A checkpoint keeps its files for reuse, as on a server that has run for a while.
    "min_wal_size=4GB",
    "checkpoint_timeout=30min",
];
const CONNECTIONS_MAX: u32 = 20;

/// A Postgres and a NATS of the benchmark's own that lose nothing, gone with it.
#[derive(Debug)]
pub(crate) struct Servers {
    postgres: Postgres,
    nats: Nats,
    /// After the servers, which still write while they stop.
    data: TempDir,
}

impl Servers {
    /// Keeps the data of the run beside the servers' programs, in `dir`: on a disk, not in memory.
    pub(crate) fn start(dir: &Path, output: Output) -> anyhow::Result<Self> {
        block_in_place(|| {
            let binaries = Binaries::provision(dir, |text| output.note(text))?;
            let data = tempfile::Builder::new()
                .prefix("bench-")
                .permissions(open_to_all())
                .tempdir_in(dir)
                .context("cannot make a folder for the data")?;
            let storage = |name: &str| Storage::Durable(data.path().join(name));
            let mut options = PostgresOptions::new(storage("postgres"));
            options.settings = POSTGRES_SETTINGS.map(str::to_owned).to_vec();
            Ok(Self {
                postgres: Postgres::start(&binaries, &options)?,
                nats: Nats::start(&binaries, &NatsOptions::new(storage("nats")))?,
                data,
            })
        })
    }

    /// A database that is always there.
    pub(crate) fn admin_url(&self) -> String {
        self.postgres.admin_url()
    }

    pub(crate) fn nats_url(&self) -> String {
        self.nats.url()
    }

    /// A new, migrated database.
    pub(crate) async fn database(&self, name: &str, kind: Database) -> anyhow::Result<PgPool> {
        create_database(&self.postgres.admin_url(), name).await?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .connect(&self.postgres.url(name))
            .await
            .context("cannot connect to Postgres")?;
        migrate(kind, &pool).await.context("cannot migrate")?;
        Ok(pool)
    }

    /// Writes out what earlier work has left to be written, so that it slows nothing down later.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        let url = self.postgres.admin_url();
        let mut connection = PgConnection::connect(&url).await?;
        sqlx::raw_sql("CHECKPOINT").execute(&mut connection).await?;
        connection
            .close()
            .await
            .context("cannot close the connection")
    }

    /// Removes a database and what it takes.
    pub(crate) async fn drop_database(&self, pool: PgPool) -> anyhow::Result<()> {
        pool.close().await;
        let options = pool.connect_options();
        let name = options.get_database().unwrap_or_default();
        let mut connection = PgConnection::connect(&self.postgres.admin_url()).await?;
        sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE {name}")))
            .execute(&mut connection)
            .await
            .context("cannot drop a database")?;
        connection
            .close()
            .await
            .context("cannot close the connection")
    }

    /// Thrown away with the servers' data.
    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    pub(crate) async fn nats(&self) -> anyhow::Result<async_nats::Client> {
        async_nats::connect(self.nats.url())
            .await
            .context("cannot connect to NATS")
    }
}

/// Postgres may run as another user than this process.
fn open_to_all() -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::Permissions::from_mode(0o755)
}
