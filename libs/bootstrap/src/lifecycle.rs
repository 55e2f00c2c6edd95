use std::time::Duration;

use anyhow::Context as _;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{error, info, warn};

/// Runs a process's tasks until one fails or the process is asked to stop.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    shutdown: CancellationToken,
    failed: CancellationToken,
    tasks: TaskTracker,
    scope: String,
}

impl Lifecycle {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same lifecycle for one of several services in a process: its tasks carry its name.
    #[must_use]
    pub fn child(&self, service: &str) -> Self {
        let scope = format!("{}{service}.", self.scope);
        Self {
            scope,
            ..self.clone()
        }
    }

    /// Cancelled when the process should finish what it has begun and take on nothing new.
    #[must_use]
    pub fn shutdown(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// Starts a task that shutdown waits for. If it fails or panics, the whole process stops.
    #[expect(clippy::disallowed_methods, reason = "this is where tasks are spawned")]
    pub fn spawn<F>(&self, name: &str, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let name = format!("{}{name}", self.scope);
        let failed = self.failed.clone().drop_guard();
        let task = async move {
            match task.await {
                Ok(()) => drop(failed.disarm()),
                Err(error) => error!(task = name, error = format!("{error:#}"), "task failed"),
            }
        };
        tokio::spawn(self.tasks.track_future(task));
    }

    /// Waits for SIGTERM, SIGINT, a failed task or a cancelled [`Lifecycle::shutdown`], then for
    /// the tasks, for at most `grace`. A second SIGINT ends the wait.
    pub async fn run(self, grace: Duration) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
        self.wait_for_a_reason(&mut terminate, &mut interrupt).await;

        self.shutdown.cancel();
        self.tasks.close();
        tokio::select! {
            () = self.tasks.wait() => {}
            () = sleep(grace) => {
                warn!(running = self.tasks.len(), "grace period is over, abandoning tasks");
            }
            _ = interrupt.recv() => {
                warn!(running = self.tasks.len(), "interrupted again, abandoning tasks");
            }
        }
        anyhow::ensure!(!self.failed.is_cancelled(), "a task failed");
        Ok(())
    }

    async fn wait_for_a_reason(&self, terminate: &mut Signal, interrupt: &mut Signal) {
        tokio::select! {
            _ = terminate.recv() => info!("received SIGTERM"),
            _ = interrupt.recv() => info!("received SIGINT"),
            () = self.failed.cancelled() => {}
            () = self.shutdown.cancelled() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, time::Duration};

    use super::Lifecycle;

    const GRACE: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn a_failed_task_stops_the_others_and_the_process() {
        let lifecycle = Lifecycle::new();
        let stopped = lifecycle.shutdown();
        lifecycle
            .child("contacts")
            .spawn("relay", async { anyhow::bail!("gone") });
        lifecycle.spawn("grpc", async move {
            stopped.cancelled().await;
            Ok(())
        });
        assert!(lifecycle.run(GRACE).await.is_err());
    }

    #[tokio::test]
    async fn a_task_that_panics_stops_the_process() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("relay", async { panic!("as a bug would") });
        assert!(lifecycle.run(GRACE).await.is_err());
    }

    #[tokio::test]
    async fn a_task_that_ends_well_stops_nothing() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("backfill", async { Ok(()) });
        let shutdown = lifecycle.shutdown();
        lifecycle.spawn("grpc", async move {
            tokio::task::yield_now().await;
            assert!(!shutdown.is_cancelled());
            shutdown.cancel();
            Ok(())
        });
        assert!(lifecycle.run(GRACE).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_does_not_stop_is_abandoned_after_the_grace_period() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("stuck", pending());
        lifecycle.shutdown().cancel();
        assert!(lifecycle.run(GRACE).await.is_ok());
    }
}
