//! Python packages for tests, installed once beside what cargo builds.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn run(command: &mut Command) -> Option<Output> {
    let output = command.output().ok();
    output.filter(|output| output.status.success())
}

/// The interpreter of a virtual environment with these packages; none where there is no Python, or nothing to install from.
pub(crate) fn environment(name: &str, packages: &[&str]) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (ready, python) = (folder.join("ready"), folder.join("bin/python"));
    let with = packages.join(" ");
    if fs::read_to_string(&ready).is_ok_and(|it| it == with) {
        return Some(python);
    }
    let mut make = Command::new("python3");
    run(make.args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet"]);
    install.args(["--disable-pip-version-check", "--retries=1", "--timeout=15"]);
    run(install.args(packages))?;
    fs::write(&ready, with).ok()?;
    Some(python)
}
