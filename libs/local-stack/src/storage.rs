//! Where a server keeps its data, and how dear it is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// What becomes of a server's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// Kept in this folder, and safe on disk when the server says so.
    Durable(PathBuf),
    /// In a folder of its own that is gone with the process. As fast as can be.
    ThrowAway,
}

impl Storage {
    /// The folder of one server, which is there from now on.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        match self {
            Self::Durable(folder) => {
                fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
                folder.canonicalize().context("cannot resolve the data folder")
            }
            Self::ThrowAway => {
                let folder = tempfile::Builder::new()
                    .prefix("fanfare-")
                    .tempdir()
                    .context("cannot create a temporary folder")?;
                // Whoever guards the server removes it.
                Ok(folder.keep())
            }
        }
    }

    /// What to remove with the server.
    pub(crate) fn removes<'a>(&self, folder: &'a Path) -> Option<&'a Path> {
        match self {
            Self::Durable(_) => None,
            Self::ThrowAway => Some(folder),
        }
    }
}
