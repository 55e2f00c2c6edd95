//! A private NATS with JetStream.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    Binaries, Storage,
    account::Account,
    guardian::{Guardian, Orders, Started, Stop},
    port::free_port,
};

const PORT_ATTEMPTS: usize = 5;
const RESTART_LIMIT: Duration = Duration::from_secs(10);
const RESTART_INTERVAL: Duration = Duration::from_millis(20);
const GREETING_LIMIT: Duration = Duration::from_secs(1);

/// How to run a private NATS.
#[derive(Debug, Clone)]
pub struct NatsOptions {
    pub storage: Storage,
    /// What all JetStream streams together may take on disk.
    pub file_gigabytes_max: u32,
}

impl NatsOptions {
    pub fn new(storage: Storage) -> Self {
        Self {
            storage,
            file_gigabytes_max: 16,
        }
    }
}

/// A NATS server with JetStream that ends with this process, or when dropped.
#[derive(Debug)]
pub struct Nats {
    guardian: Guardian,
    store: PathBuf,
    address: SocketAddr,
}

impl Nats {
    /// Returns when it accepts connections. Blocks.
    pub fn start(binaries: &Binaries, options: &NatsOptions) -> Result<Self> {
        for _ in 0..PORT_ATTEMPTS {
            let mut nats = Self::prepare(binaries, options)?;
            if nats.try_start()? == Started::Ready {
                return Ok(nats);
            }
        }
        bail!("cannot start NATS: every port tried is in use")
    }

    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// What JetStream keeps. May be removed or replaced while the server is killed.
    pub fn store_dir(&self) -> &Path {
        &self.store
    }

    /// The server's process, unless it was killed.
    pub fn pid(&self) -> Option<u32> {
        self.guardian.pid()
    }

    /// Kills the server as a crash would.
    pub fn kill(&mut self) -> Result<()> {
        self.guardian.kill()
    }

    /// Starts on the same store and port, after a kill if it runs.
    pub fn start_again(&mut self) -> Result<()> {
        self.kill()?;
        let deadline = Instant::now() + RESTART_LIMIT;
        while self.try_start()? == Started::InUse {
            if Instant::now() > deadline {
                bail!("cannot start NATS again: its port is still in use");
            }
            thread::sleep(RESTART_INTERVAL);
        }
        Ok(())
    }

    fn prepare(binaries: &Binaries, options: &NatsOptions) -> Result<Self> {
        let folder = options.storage.folder()?;
        let store = folder.path.join("store");
        let configuration = folder.path.join("nats.conf");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let guardian = Guardian::spawn(Orders {
            command: vec![
                binaries.nats_server.clone().into(),
                "--config".into(),
                configuration.clone().into(),
            ],
            account: &Account::Own,
            log: folder.path.join("nats.log"),
            stop: stop(&options.storage),
            remove: folder.temporary(),
        })?;
        folder.keep();
        fs::write(configuration, config(options, &store, address))
            .context("cannot configure NATS")?;
        Ok(Self {
            guardian,
            store,
            address,
        })
    }

    fn try_start(&mut self) -> Result<Started> {
        let address = self.address;
        self.guardian
            .start(|_| greets(address))
            .context("cannot start NATS")
    }
}

fn config(options: &NatsOptions, store: &Path, address: SocketAddr) -> String {
    let sync_interval = match options.storage {
        // Or else an acknowledged message may be lost with the machine's power.
        Storage::Durable(_) => "always",
        Storage::ThrowAway => "\"2m\"",
    };
    format!(
        "listen: \"{address}\"\n\
         jetstream {{\n  store_dir: \"{}\"\n  sync_interval: {sync_interval}\n  max_mem: 256MB\n  max_file: {}GB\n}}\n",
        store.display(),
        options.file_gigabytes_max
    )
}

fn stop(storage: &Storage) -> Stop {
    match storage {
        Storage::Durable(_) => Stop {
            signal: "TERM",
            limit_seconds: 10,
        },
        Storage::ThrowAway => Stop {
            signal: "KILL",
            limit_seconds: 5,
        },
    }
}

/// The first line that a NATS server sends tells whether JetStream is up.
fn greets(address: SocketAddr) -> bool {
    let Ok(stream) = TcpStream::connect_timeout(&address, GREETING_LIMIT) else {
        return false;
    };
    let mut greeting = String::new();
    stream.set_read_timeout(Some(GREETING_LIMIT)).is_ok()
        && BufReader::new(stream).read_line(&mut greeting).is_ok()
        && greeting.starts_with("INFO ")
        && greeting.contains("\"jetstream\":true")
}
