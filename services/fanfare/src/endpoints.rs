use std::{env, fs, path::Path};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a running Fanfare is, and who we are there. Written by `fanfare up`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Endpoints {
    pub(crate) contacts: String,
    pub(crate) segmentation: String,
    pub(crate) broadcast: String,
    pub(crate) reporting: String,
    /// gRPC: the ingress's log.
    pub(crate) ingress_log: String,
    /// HTTP: webhooks, links, orders.
    pub(crate) ingress: String,
    /// Where order tracking publishes, and other systems listen.
    pub(crate) nats: String,
    pub(crate) team_id: Uuid,
    /// A bearer token for the team.
    pub(crate) token: String,
    /// A bearer token for operators' calls, which are of no team.
    pub(crate) operator_token: String,
}

const FILE: &str = "endpoints.json";

impl Endpoints {
    /// From `FANFARE_ENDPOINTS`, the path of such a file, or from the folder that `up` runs in.
    pub(crate) fn load() -> anyhow::Result<Self> {
        let path = env::var_os("FANFARE_ENDPOINTS").map_or_else(
            || {
                let dir = env::var_os("FANFARE_DIR").unwrap_or_else(|| ".fanfare".into());
                Path::new(&dir).join(FILE)
            },
            Into::into,
        );
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "Fanfare is not running here: no {}. Start it with `cargo fanfare up`, or name \
                 another one's file in FANFARE_ENDPOINTS",
                path.display()
            )
        })?;
        serde_json::from_str(&text).with_context(|| format!("cannot read {}", path.display()))
    }

    /// Leaves them for the commands of the same folder.
    pub(crate) fn save(&self, dir: &Path) -> anyhow::Result<()> {
        let path = dir.join(FILE);
        fs::write(&path, serde_json::to_vec_pretty(self)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    pub(crate) fn forget(dir: &Path) {
        // It may be gone already; the next `up` writes it anew.
        drop(fs::remove_file(dir.join(FILE)));
    }
}
