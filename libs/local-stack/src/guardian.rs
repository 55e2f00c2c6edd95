//! Servers that end with the process that started them, however it ends.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::account::Account;

/// Long enough for a server to recover a large store.
const READY_LIMIT: Duration = Duration::from_mins(1);
/// Long enough for the server of a parent that was just killed to stop.
const LOCK_LIMIT: Duration = Duration::from_secs(35);
const EXIT_LIMIT: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// What to run, and how to end it.
#[derive(Debug)]
pub(crate) struct Orders<'a> {
    pub(crate) command: Vec<OsString>,
    pub(crate) account: &'a Account,
    pub(crate) log: PathBuf,
    pub(crate) stop: Stop,
    /// A folder that is removed when the parent ends.
    pub(crate) remove: Option<&'a Path>,
}

/// The signal that stops a server, and how long it has before it is killed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    pub(crate) signal: &'static str,
    pub(crate) limit_seconds: u32,
}

/// What became of a start.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Started {
    Ready,
    /// Something that the server needs, such as its port, is still used by another.
    InUse,
}

#[derive(Debug)]
enum Event {
    Started(u32),
    Exited,
}

/// A shell between this process and the server. It holds one end of a pipe, and stops the server when the other end,
/// which only this process has, is closed: by dropping this, or by the kernel after a crash.
#[derive(Debug)]
pub(crate) struct Guardian {
    shell: Child,
    commands: Option<ChildStdin>,
    /// Never locked: it makes this type `Sync`.
    events: Mutex<Receiver<Event>>,
    log: PathBuf,
    pid: Option<u32>,
}

impl Guardian {
    /// Waits while another server has the same log, and so the same data.
    pub(crate) fn spawn(orders: Orders<'_>) -> Result<Self> {
        let log = open_log(&orders.log)?;
        let mut shell = Command::new("sh");
        shell
            .args(["-c", include_str!("guardian.sh"), "guardian"])
            .arg(orders.stop.signal)
            .arg(orders.stop.limit_seconds.to_string())
            .arg(orders.remove.unwrap_or(Path::new("")))
            .args(orders.account.wrap(orders.command))
            .current_dir("/")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            // Ctrl-C is for the parent, which still needs the server to shut down in order.
            .process_group(0);
        orders.account.become_it(&mut shell);

        let mut shell = shell.spawn().context("cannot run sh")?;
        let commands = shell.stdin.take();
        let events = Mutex::new(listen(shell.stdout.take().context("sh has no output")?));
        Ok(Self {
            shell,
            commands,
            events,
            log: orders.log,
            pid: None,
        })
    }

    /// Starts the server, and returns when `ready` says so of its process id.
    pub(crate) fn start(&mut self, ready: impl Fn(u32) -> bool) -> Result<Started> {
        let log_before = log_bytes(&self.log);
        self.command("start")?;
        let pid = self.started()?;
        self.pid = Some(pid);

        let deadline = Instant::now() + READY_LIMIT;
        while Instant::now() < deadline {
            if ready(pid) {
                return Ok(Started::Ready);
            }
            match self.event(POLL_INTERVAL) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Event::Started(_) | Event::Exited) | Err(RecvTimeoutError::Disconnected) => {
                    self.pid = None;
                    return self.explain_exit(log_before);
                }
            }
        }
        bail!(
            "the server is not ready after {} s, see {}",
            READY_LIMIT.as_secs(),
            self.log.display()
        )
    }

    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// The server's process, if it was not killed.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// Kills the server, if it runs, as a crash would, and returns when it is gone.
    pub(crate) fn kill(&mut self) -> Result<()> {
        if self.pid.take().is_none() {
            return Ok(());
        }
        self.command("KILL")?;
        self.event(EXIT_LIMIT)
            .context("the server survived SIGKILL")?;
        Ok(())
    }

    /// Passes over the end of a former server that nobody asked for.
    fn started(&mut self) -> Result<u32> {
        loop {
            match self
                .event(READY_LIMIT)
                .context("the guardian does not answer")?
            {
                Event::Started(pid) => return Ok(pid),
                Event::Exited => {}
            }
        }
    }

    fn event(&mut self, limit: Duration) -> Result<Event, RecvTimeoutError> {
        let events = self
            .events
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        events.recv_timeout(limit)
    }

    fn command(&mut self, line: &str) -> Result<()> {
        let commands = self.commands.as_mut().context("the guardian is stopped")?;
        writeln!(commands, "{line}").context("the guardian is gone")
    }

    fn explain_exit(&self, log_before: usize) -> Result<Started> {
        let log = fs::read(&self.log).unwrap_or_default();
        let said = String::from_utf8_lossy(log.get(log_before..).unwrap_or_default());
        if said.contains(" in use") {
            return Ok(Started::InUse);
        }
        bail!("the server ended while starting: {}", said.trim())
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        // The end of input. The shell stops the server within its limit, then ends itself.
        drop(self.commands.take());
        drop(self.shell.wait());
    }
}

/// The log is locked for as long as any process of the server has it open: two never share one folder.
fn open_log(path: &Path) -> Result<File> {
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    let deadline = Instant::now() + LOCK_LIMIT;
    loop {
        match log.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                thread::sleep(POLL_INTERVAL);
            }
            Err(TryLockError::WouldBlock) => bail!("another process uses {}", path.display()),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
    }
    log.set_len(0).context("cannot empty the log")?;
    Ok(log)
}

fn log_bytes(path: &Path) -> usize {
    fs::read(path).map_or(0, |log| log.len())
}

fn listen(output: ChildStdout) -> Receiver<Event> {
    let (sender, events) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let event = match line.strip_prefix("started ").map(str::parse) {
                Some(Ok(pid)) => Event::Started(pid),
                Some(Err(_)) | None => Event::Exited,
            };
            if sender.send(event).is_err() {
                return;
            }
        }
    });
    events
}
