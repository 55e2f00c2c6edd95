use std::fs;

use anyhow::Context as _;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use local_stack::free_port;
use rand::RngCore as _;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    RATE,
    process::{Memory, Process},
};
use crate::servers::Servers;

const SERVICES: [&str; 6] = [
    "contacts",
    "segmentation",
    "broadcast",
    "delivery",
    "ingress",
    "reporting",
];

/// All of Fanfare in one process, and LINE in another.
#[derive(Debug)]
pub(crate) struct Installation {
    pub(crate) endpoints: Endpoints,
    pub(crate) line_url: String,
    fanfare: Process,
    _line: Process,
}

/// Where Fanfare is, and who we are there.
#[derive(Debug, Deserialize)]
pub(crate) struct Endpoints {
    pub(crate) contacts: String,
    pub(crate) segmentation: String,
    pub(crate) broadcast: String,
    pub(crate) reporting: String,
    pub(crate) token: String,
}

impl Installation {
    pub(crate) async fn start(servers: &Servers) -> anyhow::Result<Self> {
        let (line, announced) = Process::start(&["simulate"]).await?;
        let line_url = announced["url"]
            .as_str()
            .context("the simulator did not say where it is")?
            .to_owned();
        let plan = json!({
            "servers": { "admin_url": servers.admin_url(), "nats_url": servers.nats_url() },
            "secrets": {
                "master_key": secret(),
                "auth": secret(),
                "links": secret(),
                "team_id": Uuid::now_v7(),
            },
            "line_url": line_url,
            "delivery": { "line": { "multicasts_per_second": RATE } },
            "ports": {
                "contacts": free_port()?,
                "segmentation": free_port()?,
                "broadcast": free_port()?,
                "ingress": free_port()?,
                "reporting": free_port()?,
                "http": free_port()?,
            },
        });
        let path = servers.data().join("plan.json");
        fs::write(&path, plan.to_string()).context("cannot write the plan")?;
        let path = path.to_str().context("the folder's name is no text")?;
        let mut arguments = vec!["serve", "--migrate", "--plan", path];
        arguments.extend(SERVICES.iter().flat_map(|service| ["--service", service]));
        let (fanfare, endpoints) = Process::start(&arguments).await?;
        Ok(Self {
            endpoints: serde_json::from_value(endpoints)
                .context("Fanfare did not say where it is")?,
            line_url,
            fanfare,
            _line: line,
        })
    }

    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        self.fanfare.memory()
    }
}

fn secret() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    BASE64_STANDARD.encode(bytes)
}
