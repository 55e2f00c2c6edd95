//! Who Postgres runs as: it refuses to run as root.

use std::{
    ffi::OsString,
    fs,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::command::run;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Account {
    /// Whoever runs this.
    Own,
    /// An unprivileged account that exists on this machine.
    Other { uid: u32, gid: u32 },
    /// Root outside, nobody inside: for folders that no other account can enter.
    UserNamespace,
}

impl Account {
    /// Finds an account that may enter all of `folders`.
    pub(crate) fn for_postgres(folders: &[&Path]) -> Result<Self> {
        if id(&["-u"])? != 0 {
            return Ok(Self::Own);
        }
        let unprivileged = ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| Some((id(&["-u", name]).ok()?, id(&["-g", name]).ok()?)));
        if let Some((uid, gid)) = unprivileged
            && folders.iter().all(|folder| anyone_may_enter(folder))
        {
            return Ok(Self::Other { uid, gid });
        }
        if run(Command::new("unshare").args(["-U", "true"])).is_ok() {
            return Ok(Self::UserNamespace);
        }
        bail!(
            "Postgres does not run as root, and no other account may enter {}: \
             run this as an ordinary user, or from a folder that everyone may enter",
            folders
                .iter()
                .map(|folder| folder.display().to_string())
                .collect::<Vec<_>>()
                .join(" and ")
        )
    }

    /// The command line that runs `command` as this account.
    pub(crate) fn wrap(&self, command: Vec<OsString>) -> Vec<OsString> {
        match self {
            Self::Own | Self::Other { .. } => command,
            Self::UserNamespace => ["unshare".into(), "-U".into()]
                .into_iter()
                .chain(command)
                .collect(),
        }
    }

    /// Makes a process start with this account's rights.
    pub(crate) fn become_it(&self, command: &mut Command) {
        match self {
            Self::Own | Self::UserNamespace => {}
            Self::Other { uid, gid } => {
                command.uid(*uid).gid(*gid);
            }
        }
    }

    /// Gives a folder and all in it to this account.
    pub(crate) fn own(&self, folder: &Path) -> Result<()> {
        let owner = match self {
            Self::Own => return Ok(()),
            Self::Other { uid, gid } => format!("{uid}:{gid}"),
            Self::UserNamespace => "0:0".to_owned(),
        };
        run(Command::new("chown").args(["-R", &owner]).arg(folder)).map(drop)
    }
}

fn id(arguments: &[&str]) -> Result<u32> {
    let output = run(Command::new("id").args(arguments))?;
    output.trim().parse().context("id did not print a number")
}

fn anyone_may_enter(folder: &Path) -> bool {
    folder.ancestors().all(|ancestor| {
        fs::metadata(ancestor).is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0)
    })
}
