//! Both servers for `fanfare up`.

use std::{
    env,
    fs::{self, File, TryLockError},
    path::Path,
};

use anyhow::{Context, Result, bail};

use crate::{Binaries, Nats, NatsOptions, Postgres, PostgresOptions, Storage, with_database};

/// A durable Postgres and NATS for one checkout. They end with this process, or when dropped.
#[derive(Debug)]
pub struct LocalStack {
    postgres: Server<Postgres>,
    nats: Server<Nats>,
    _lock: File,
}

#[derive(Debug)]
enum Server<S> {
    /// From the environment. Not ours to start or stop.
    Given(String),
    Started(S),
}

impl LocalStack {
    /// Uses what `DATABASE_URL` and `NATS_URL` name, and starts what they do not, with its data in `root`. Blocks.
    pub fn start(root: &Path, progress: impl Fn(&str)) -> Result<Self> {
        Self::start_beside(root, given("DATABASE_URL"), given("NATS_URL"), progress)
    }

    /// Like [`Self::start`], with the URLs of the servers that run already.
    pub fn start_beside(
        root: &Path,
        database_url: Option<String>,
        nats_url: Option<String>,
        progress: impl Fn(&str),
    ) -> Result<Self> {
        let data = root.join("data");
        let lock = lock(&data)?;
        let missing = database_url.is_none() || nats_url.is_none();
        let binaries = missing
            .then(|| Binaries::provision(root, &progress))
            .transpose()?;
        let postgres = Server::find(database_url, binaries.as_ref(), |binaries| {
            progress("starting Postgres");
            Postgres::start(
                binaries,
                &PostgresOptions::new(Storage::Durable(data.join("postgres"))),
            )
        })?;
        let nats = Server::find(nats_url, binaries.as_ref(), |binaries| {
            progress("starting NATS");
            Nats::start(
                binaries,
                &NatsOptions::new(Storage::Durable(data.join("nats"))),
            )
        })?;
        Ok(Self {
            postgres,
            nats,
            _lock: lock,
        })
    }

    /// The URL of a database, which need not exist yet.
    pub fn database_url(&self, database: &str) -> String {
        match &self.postgres {
            Server::Given(url) => with_database(url, database),
            Server::Started(postgres) => postgres.url(database),
        }
    }

    /// A database that exists.
    pub fn admin_url(&self) -> String {
        match &self.postgres {
            Server::Given(url) => url.clone(),
            Server::Started(postgres) => postgres.admin_url(),
        }
    }

    pub fn nats_url(&self) -> String {
        match &self.nats {
            Server::Given(url) => url.clone(),
            Server::Started(nats) => nats.url(),
        }
    }
}

impl<S> Server<S> {
    fn find(
        url: Option<String>,
        binaries: Option<&Binaries>,
        start: impl FnOnce(&Binaries) -> Result<S>,
    ) -> Result<Self> {
        match (url, binaries) {
            (Some(url), _) => Ok(Self::Given(url)),
            (None, Some(binaries)) => start(binaries).map(Self::Started),
            (None, None) => bail!("no server and no binaries"),
        }
    }
}

fn given(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|url| !url.is_empty())
}

/// Held until the stack is dropped.
fn lock(data: &Path) -> Result<File> {
    fs::create_dir_all(data).with_context(|| format!("cannot create {}", data.display()))?;
    let lock = File::create(data.join("lock")).context("cannot create the lock of the data")?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            bail!(
                "another process already runs the local stack of {}",
                data.display()
            )
        }
        Err(TryLockError::Error(error)) => Err(error).context("cannot lock the data"),
    }
}
