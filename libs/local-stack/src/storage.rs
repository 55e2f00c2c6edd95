//! Where a server keeps its data, and how dear it is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use tempfile::TempDir;

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
    pub(crate) fn folder(&self) -> Result<Folder> {
        match self {
            Self::Durable(path) => {
                fs::create_dir_all(path)
                    .with_context(|| format!("cannot create {}", path.display()))?;
                let path = path
                    .canonicalize()
                    .context("cannot resolve the data folder")?;
                Ok(Folder {
                    path,
                    temporary: None,
                })
            }
            Self::ThrowAway => {
                let temporary = tempfile::Builder::new()
                    .prefix("fanfare-")
                    .tempdir()
                    .context("cannot create a temporary folder")?;
                let path = temporary
                    .path()
                    .canonicalize()
                    .context("cannot resolve the temporary folder")?;
                Ok(Folder {
                    path,
                    temporary: Some(temporary),
                })
            }
        }
    }
}

/// A folder, and the duty to remove it if it is temporary.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    temporary: Option<TempDir>,
}

impl Folder {
    /// What whoever guards the server should remove in the end.
    pub(crate) fn temporary(&self) -> Option<&Path> {
        self.temporary.as_ref().map(|_| self.path.as_path())
    }

    /// Leaves the removal to the guardian.
    pub(crate) fn keep(self) -> PathBuf {
        drop(self.temporary.map(TempDir::keep));
        self.path
    }
}
