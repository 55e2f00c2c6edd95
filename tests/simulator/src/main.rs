//! The simulator as a process of its own.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Parser;
use simulator::{Options, Simulator};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// A stand-in for LINE's Messaging API, Messenger, the WhatsApp Cloud API and a mail server.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where mail is taken by SMTP.
    #[arg(long, default_value = "127.0.0.1:0")]
    smtp_listen: SocketAddr,
    /// Makes two runs alike.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where to write the address, instead of standard output.
    #[arg(long)]
    ports_file: Option<PathBuf>,
    /// Stop when standard input closes, and so with the process that started this one.
    #[arg(long)]
    stop_with_stdin: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::from_default_env())
        .with_writer(io::stderr)
        .init();

    let stop = CancellationToken::new();
    if arguments.stop_with_stdin {
        stop_with_stdin(stop.clone());
    }
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let simulator = Simulator::start(Options {
        listen: arguments.listen,
        smtp_listen: arguments.smtp_listen,
        seed: arguments.seed,
    })
    .await?;
    announce(&simulator, arguments.ports_file.as_deref())?;
    tokio::select! {
        () = stop.cancelled() => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    // Not `stop`: a peer that keeps its connection open must not keep this process alive.
    drop(simulator);
    Ok(())
}

/// One line of JSON, complete as soon as it can be seen.
fn announce(simulator: &Simulator, ports_file: Option<&Path>) -> anyhow::Result<()> {
    let line = serde_json::json!({ "address": simulator.address, "url": simulator.url(), "smtp_address": simulator.smtp_address });
    match ports_file {
        Some(path) => {
            let partial = path.with_extension("partial");
            fs::write(&partial, format!("{line}\n")).context("cannot write the ports file")?;
            fs::rename(&partial, path).context("cannot name the ports file")
        }
        None => writeln!(io::stdout(), "{line}").context("cannot write the address"),
    }
}

/// On a thread of its own, which ends with the process.
fn stop_with_stdin(stop: CancellationToken) {
    std::thread::spawn(move || {
        let mut ignored = [0; 256];
        while io::stdin().read(&mut ignored).is_ok_and(|read| read > 0) {}
        stop.cancel();
    });
}
