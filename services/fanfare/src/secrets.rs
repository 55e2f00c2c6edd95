use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use anyhow::Context as _;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const FILE: &str = "secrets.json";

/// What a laptop's installation is protected with. In production these come from the cluster.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Secrets {
    /// Wraps every other key: without it nothing personal can be read.
    pub(crate) master_key: String,
    /// Signs identities.
    pub(crate) auth: String,
    /// Signs tracked links.
    pub(crate) links: String,
    /// The one team of a laptop.
    pub(crate) team_id: Uuid,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets")
            .field("team_id", &self.team_id)
            .finish_non_exhaustive()
    }
}

impl Secrets {
    pub(crate) fn generate() -> anyhow::Result<Self> {
        Ok(Self {
            master_key: random()?,
            auth: random()?,
            links: random()?,
            team_id: Uuid::now_v7(),
        })
    }

    /// Those of this folder, made at the first start and readable by their owner alone.
    pub(crate) fn load_or_generate(dir: &Path) -> anyhow::Result<Self> {
        let path = dir.join(FILE);
        if let Ok(text) = fs::read_to_string(&path) {
            return serde_json::from_str(&text)
                .with_context(|| format!("cannot read {}", path.display()));
        }
        let secrets = Self::generate()?;
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        file.write_all(&serde_json::to_vec_pretty(&secrets)?)?;
        file.sync_all()?;
        Ok(secrets)
    }
}

/// 32 random bytes, as configuration takes them.
fn random() -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| anyhow::anyhow!("the system gives no random bytes"))?;
    Ok(BASE64_STANDARD.encode(bytes))
}
