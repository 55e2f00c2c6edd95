use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use bootstrap::{ClientAuth, connect_grpc};
use local_stack::{Nats, NatsOptions, Postgres, PostgresOptions, Storage, free_port};
use serde_json::{Value, json};
use test_support::{binaries, eventually};
use tokio::net::TcpStream;
use tonic::{service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

pub(crate) type Authorized = InterceptedService<Channel, ClientAuth>;

/// What tokens are signed with.
pub(crate) const AUTH_SECRET: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

/// What keys are wrapped with.
pub(crate) const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

const PARTS: [&str; 6] = [
    "contacts",
    "segmentation",
    "broadcast",
    "ingress",
    "reporting",
    "http",
];

/// What is not killed, unless a test says otherwise.
const OTHERS: [&str; 4] = ["contacts", "segmentation", "ingress", "reporting"];

/// An installation whose services are processes that a test can kill.
pub(crate) struct Installation {
    pub(crate) postgres: Postgres,
    plan: Value,
    dir: tempfile::TempDir,
    endpoints: Value,
    /// The services that are not killed, in one process.
    _others: Process,
    pub(crate) nats: Nats,
    /// Where traces go.
    traces_url: Option<String>,
}

/// A process that ends with the test.
pub(crate) struct Process(Child);

impl Process {
    /// As a crash would end it.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Installation {
    pub(crate) async fn start(line_url: &str) -> Self {
        Self::start_traced(line_url, None).await
    }

    /// Every call is traced, to this address.
    pub(crate) async fn start_traced(line_url: &str, traces_url: Option<String>) -> Self {
        Self::start_with(line_url, traces_url, &OTHERS).await
    }

    /// All but `contacts`, which the test starts and kills.
    pub(crate) async fn start_without_contacts() -> Self {
        let others: Vec<&str> = OTHERS
            .into_iter()
            .filter(|service| *service != "contacts")
            .collect();
        Self::start_with("http://127.0.0.1:9", None, &others).await
    }

    async fn start_with(line_url: &str, traces_url: Option<String>, services: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut options = PostgresOptions::new(Storage::ThrowAway);
        options.settings.push("max_connections=400".to_owned());
        let postgres = Postgres::start(binaries(), &options).unwrap();
        let nats = Nats::start(binaries(), &NatsOptions::new(Storage::ThrowAway)).unwrap();
        let ports: Value = PARTS
            .iter()
            .map(|part| ((*part).to_owned(), json!(free_port().unwrap())))
            .collect();
        let plan = json!({
            "servers": { "admin_url": postgres.admin_url(), "nats_url": nats.url() },
            "secrets": {
                "master_key": MASTER_KEY,
                "auth": AUTH_SECRET,
                "links": "f9e8d7c6b5a493827160f5e4d3c2b1a0",
                "team_id": Uuid::from_u128(0xfa),
            },
            "line_url": line_url,
            "meta_url": line_url,
            "ports": ports,
            // A worker that was killed is replaced soon, so that the next kill finds one at work.
            "delivery": { "sending": { "lease_seconds": 1 } },
        });
        std::fs::write(dir.path().join("plan.json"), plan.to_string()).unwrap();
        let mut others = command(dir.path(), traces_url.as_deref(), services);
        let mut others = others
            .arg("--migrate")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = others.stdout.take().unwrap();
        let endpoints = tokio::task::spawn_blocking(|| {
            serde_json::Deserializer::from_reader(stdout)
                .into_iter()
                .next()
                .unwrap()
                .unwrap()
        });
        Self {
            postgres,
            plan,
            endpoints: endpoints.await.unwrap(),
            dir,
            _others: Process(others),
            nats,
            traces_url,
        }
    }

    /// One service as a process of its own.
    pub(crate) fn spawn(&self, service: &str) -> Process {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.path("serve.out"))
            .unwrap();
        Process(
            command(self.dir.path(), self.traces_url.as_deref(), &[service])
                .stdout(log)
                .spawn()
                .unwrap(),
        )
    }

    /// The services' logs and what they print.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn endpoint(&self, name: &str) -> &str {
        self.endpoints[name].as_str().unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn channel(&self, service: &str) -> Channel {
        connect_grpc(self.endpoints[service].as_str().unwrap()).unwrap()
    }

    pub(crate) fn auth(&self) -> ClientAuth {
        ClientAuth::from_token(self.endpoints["token"].as_str().unwrap()).unwrap()
    }

    pub(crate) async fn listening(&self, part: &str) {
        let port = u16::try_from(self.plan["ports"][part].as_u64().unwrap()).unwrap();
        eventually("a service listens", async || {
            TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
    }

    /// Runs a command against it, in a folder of its own.
    pub(crate) fn fanfare(&self, arguments: &[&str]) -> Output {
        let endpoints = self.path("endpoints.json");
        std::fs::write(&endpoints, self.endpoints.to_string()).unwrap();
        Command::new(env!("CARGO_BIN_EXE_fanfare"))
            .args(arguments)
            .env("FANFARE_ENDPOINTS", endpoints)
            .current_dir(self.dir.path())
            .output()
            .unwrap()
    }

    /// What the services logged, for a test that failed.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("log/serve.log")).unwrap_or_default()
    }
}

fn command(dir: &Path, traces_url: Option<&str>, services: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fanfare"));
    if let Some(url) = traces_url {
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", url);
    }
    command
        .arg("serve")
        .arg("--plan")
        .arg(dir.join("plan.json"))
        .args(services.iter().flat_map(|service| ["--service", service]))
        .stdin(Stdio::null());
    command
}
