//! A private Postgres.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    Binaries, Storage,
    account::Account,
    cluster,
    guardian::{Guardian, Orders, Started, Stop},
    port::free_port,
};

const PORT_ATTEMPTS: usize = 5;
/// How long the backends of a killed server may take to notice.
const RESTART_LIMIT: Duration = Duration::from_secs(10);
const RESTART_INTERVAL: Duration = Duration::from_millis(20);

const SETTINGS: [&str; 3] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=300",
];
/// For data that nobody will miss.
const FAST_SETTINGS: [&str; 4] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_init_zero=off",
];
/// Copies a cached template database in a fifth of the time that it takes to ask other processes for each page.
const FAST_SETTING_SINCE_18: &str = "io_method=sync";

/// How to run a private Postgres.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    pub storage: Storage,
    /// As `name=value`. They win over the defaults.
    pub settings: Vec<String>,
}

impl PostgresOptions {
    pub fn new(storage: Storage) -> Self {
        Self {
            storage,
            settings: Vec::new(),
        }
    }
}

/// A Postgres that ends with this process, or when dropped.
#[derive(Debug)]
pub struct Postgres {
    guardian: Guardian,
    data: PathBuf,
    port: u16,
}

impl Postgres {
    /// Returns when it accepts connections. Blocks.
    pub fn start(binaries: &Binaries, options: &PostgresOptions) -> Result<Self> {
        for _ in 0..PORT_ATTEMPTS {
            let mut postgres = Self::prepare(binaries, options)?;
            if postgres.try_start()? == Started::Ready {
                return Ok(postgres);
            }
        }
        bail!("cannot start Postgres: every port tried is in use")
    }

    /// The user `postgres` needs no password: only this machine can connect.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The database that is always there.
    pub fn admin_url(&self) -> String {
        self.url("postgres")
    }

    /// Where the server keeps everything. Its own log is beside it.
    pub fn data_dir(&self) -> &Path {
        &self.data
    }

    /// What the server says of itself: why it crashed, for one.
    pub fn log(&self) -> &Path {
        self.guardian.log()
    }

    /// The server's process, unless it was killed.
    pub fn pid(&self) -> Option<u32> {
        self.guardian.pid()
    }

    /// Kills the server as a crash would.
    pub fn kill(&mut self) -> Result<()> {
        self.guardian.kill()
    }

    /// Starts on the same data and port, after a kill if it runs.
    pub fn start_again(&mut self) -> Result<()> {
        self.kill()?;
        let deadline = Instant::now() + RESTART_LIMIT;
        while self.try_start()? == Started::InUse {
            if Instant::now() > deadline {
                bail!("cannot start Postgres again: its port or data is still in use");
            }
            thread::sleep(RESTART_INTERVAL);
        }
        Ok(())
    }

    /// All but started, so that a crash while the cluster is copied leaves nothing behind either.
    fn prepare(binaries: &Binaries, options: &PostgresOptions) -> Result<Self> {
        let folder = options.storage.folder()?;
        let data = folder.path.join("data");
        let port = free_port()?;
        let parent = folder
            .path
            .parent()
            .context("data cannot lie in the root")?;
        let account = Account::for_postgres(&[&binaries.postgres, parent])?;
        account.own(&folder.path)?;
        let guardian = Guardian::spawn(Orders {
            command: command(binaries, options, &data, port),
            account: &account,
            log: folder.path.join("postgres.log"),
            stop: stop(&options.storage),
            remove: folder.temporary(),
        })?;
        folder.keep();
        if !data.exists() {
            cluster::create(binaries, &account, &data, &options.storage)?;
        }
        Ok(Self {
            guardian,
            data,
            port,
        })
    }

    fn try_start(&mut self) -> Result<Started> {
        let data = &self.data;
        self.guardian
            .start(|pid| is_ready(data, pid))
            .context("cannot start Postgres")
    }
}

fn command(
    binaries: &Binaries,
    options: &PostgresOptions,
    data: &Path,
    port: u16,
) -> Vec<OsString> {
    let mut settings: Vec<&str> = SETTINGS.to_vec();
    if options.storage == Storage::ThrowAway {
        settings.extend(FAST_SETTINGS);
        settings.extend((binaries.postgres_major >= 18).then_some(FAST_SETTING_SINCE_18));
    }
    settings.extend(options.settings.iter().map(String::as_str));
    let mut command = vec![binaries.postgres.clone().into(), "-D".into(), data.into()];
    command.extend(["-p".into(), port.to_string().into()]);
    command.extend(
        settings
            .into_iter()
            .flat_map(|setting| ["-c".into(), setting.into()]),
    );
    command
}

fn stop(storage: &Storage) -> Stop {
    match storage {
        // A fast shutdown, with a checkpoint.
        Storage::Durable(_) => Stop {
            signal: "INT",
            limit_seconds: 30,
        },
        Storage::ThrowAway => Stop {
            signal: "QUIT",
            limit_seconds: 5,
        },
    }
}

/// Postgres says so itself, in the file that `pg_ctl` waits for too. A killed server leaves one with another id.
fn is_ready(data: &Path, pid: u32) -> bool {
    let status = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let mut lines = status.lines();
    lines.next() == Some(pid.to_string().as_str())
        && lines.nth(6).is_some_and(|line| line.trim() == "ready")
}
