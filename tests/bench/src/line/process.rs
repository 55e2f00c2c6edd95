use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::Context as _;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::{machine::value, output::Output};

const PROGRAM: &str = "fanfare";

/// Another process, which ends with this one.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    _stdin: Option<ChildStdin>,
    _stdout: BufReader<ChildStdout>,
}

/// What a process takes of the machine's memory, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) now: u64,
    pub(crate) peak: u64,
}

impl Process {
    /// Runs the program until it has said, in JSON, where it is.
    pub(crate) async fn start(arguments: &[&str]) -> anyhow::Result<(Self, Value)> {
        let mut child = Command::new(program()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {PROGRAM} {}", arguments.join(" ")))?;
        let stdout = child.stdout.take().context("the process has no output")?;
        let mut stdout = BufReader::new(stdout);
        let mut text = String::new();
        let announced = loop {
            let read = stdout.read_line(&mut text).await?;
            anyhow::ensure!(
                read > 0,
                "{PROGRAM} ended before it said where it is: {text}"
            );
            if let Ok(announced) = serde_json::from_str(&text) {
                break announced;
            }
        };
        let process = Self {
            _stdin: child.stdin.take(),
            _stdout: stdout,
            child,
        };
        Ok((process, announced))
    }

    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        let id = self.child.id().context("the process has ended")?;
        let status = fs::read_to_string(format!("/proc/{id}/status"))
            .context("cannot read how much memory the process takes")?;
        let bytes = |name: &str| {
            let kibibytes: u64 = value(&status, name)?.strip_suffix(" kB")?.parse().ok()?;
            Some(kibibytes * 1024)
        };
        Ok(Memory {
            now: bytes("VmRSS").context("the process has no size")?,
            peak: bytes("VmHWM").context("the process has no largest size")?,
        })
    }
}

/// Builds the program as this one was built. It is not a dependency, since a process of its own is measured.
pub(crate) async fn build(output: Output) -> anyhow::Result<()> {
    output.note("building");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", PROGRAM]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let built = cargo
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .await
        .context("cannot run cargo")?;
    anyhow::ensure!(built.success(), "cannot build {PROGRAM}");
    Ok(())
}

/// Beside this program.
fn program() -> anyhow::Result<PathBuf> {
    let own = env::current_exe().context("cannot find this program")?;
    let folder = own.parent().unwrap_or(Path::new("."));
    Ok(folder.join(PROGRAM))
}
