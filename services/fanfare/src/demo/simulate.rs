use std::{
    io::{self, Read as _, Write as _},
    net::SocketAddr,
    process::Stdio,
    thread,
};

use anyhow::Context as _;
use serde::Deserialize;
use simulator::{Options, Simulator};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStdin, Command},
    sync::oneshot,
};

use crate::cli::SimulateArgs;

/// Runs the simulator until standard input closes, and so with the process that started it.
pub(crate) async fn simulate(arguments: SimulateArgs) -> anyhow::Result<()> {
    let options = Options {
        seed: arguments.seed,
        ..Options::default()
    };
    let simulator = Simulator::start(options).await?;
    writeln!(
        io::stdout(),
        "{}",
        serde_json::json!({ "url": simulator.url(), "smtp": simulator.smtp_address })
    )?;
    let (closed, parent_gone) = oneshot::channel::<()>();
    // On a thread of its own: reading standard input blocks.
    thread::spawn(move || {
        let mut ignored = [0; 64];
        while io::stdin().read(&mut ignored).is_ok_and(|read| read > 0) {}
        drop(closed);
    });
    drop(parent_gone.await);
    drop(simulator);
    Ok(())
}

/// A simulator in a process of its own, which ends with this one however that ends.
#[derive(Debug)]
pub(crate) struct SimulatorProcess {
    pub(crate) url: String,
    pub(crate) smtp: SocketAddr,
    _stdin: Option<ChildStdin>,
    _child: Child,
}

#[derive(Debug, Deserialize)]
struct Announced {
    url: String,
    smtp: SocketAddr,
}

impl SimulatorProcess {
    pub(crate) async fn start(seed: u64) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot find this program")?;
        let mut child = Command::new(program)
            .args(["simulate", "--seed", &seed.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start the simulator")?;
        let stdout = child.stdout.take().context("the simulator has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).await?;
        let announced: Announced =
            serde_json::from_str(&line).context("the simulator did not say where it is")?;
        Ok(Self {
            url: announced.url,
            smtp: announced.smtp,
            _stdin: child.stdin.take(),
            _child: child,
        })
    }
}
