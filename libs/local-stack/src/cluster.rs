//! Postgres data folders, copied from one that was made once.

use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    Binaries, Storage,
    account::Account,
    command::{remove, run},
};

/// From this version on, the collation does not depend on the machine's libraries.
const BUILTIN_LOCALE_SINCE: u32 = 17;

/// Puts an empty cluster at `data`, whole or not at all.
pub(crate) fn create(
    binaries: &Binaries,
    account: &Account,
    data: &Path,
    storage: &Storage,
) -> Result<()> {
    let pristine = pristine(binaries, account)?;
    let partial = data.with_extension("partial");
    remove(&partial)?;
    run(Command::new("cp").arg("-a").arg(pristine).arg(&partial))?;
    account.own(&partial)?;
    match storage {
        Storage::Durable(_) => initdb(binaries, account, &partial, &["--sync-only"])?,
        Storage::ThrowAway => {}
    }
    fs::rename(&partial, data).context("cannot move the cluster to its place")
}

/// The cluster to copy from. `initdb` takes a second, a copy 50 ms.
fn pristine(binaries: &Binaries, account: &Account) -> Result<PathBuf> {
    let pristine = binaries
        .root
        .join(format!("cluster-{}", binaries.postgres_major));
    let lock = File::create(pristine.with_extension("lock"))
        .context("cannot create the lock of the cluster")?;
    lock.lock().context("cannot lock the cluster")?;
    if pristine.exists() {
        return Ok(pristine);
    }

    let partial = pristine.with_extension("partial");
    remove(&partial)?;
    fs::create_dir(&partial).context("cannot create a folder for the cluster")?;
    account.own(&partial)?;
    let mut options = vec![
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--no-sync",
        "--no-instructions",
    ];
    if binaries.postgres_major >= BUILTIN_LOCALE_SINCE {
        options.extend([
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]);
    } else {
        options.push("--locale=C");
    }
    initdb(binaries, account, &partial, &options)?;
    fs::rename(&partial, &pristine).context("cannot move the cluster to its place")?;
    Ok(pristine)
}

fn initdb(binaries: &Binaries, account: &Account, data: &Path, options: &[&str]) -> Result<()> {
    let command = account.wrap(vec![
        binaries.initdb.clone().into(),
        "--pgdata".into(),
        data.into(),
    ]);
    let (program, arguments) = command.split_first().context("no command")?;
    let mut command = Command::new::<&OsString>(program);
    command
        .args(arguments)
        .args(options)
        .env("LC_ALL", "C")
        .current_dir("/");
    account.become_it(&mut command);
    run(&mut command).map(drop)
}
