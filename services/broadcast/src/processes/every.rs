use std::{future::ready, time::Duration};

use anyhow::ensure;
use futures_util::{StreamExt as _, stream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Broadcasts that a process works on at the same time.
const BROADCASTS_MAX: usize = 4;

/// Looks for work again and again, until `shutdown`. What fails is logged, and found again.
pub(crate) async fn every<F>(
    name: &'static str,
    interval: Duration,
    shutdown: CancellationToken,
    look: impl Fn() -> F,
) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    while !shutdown.is_cancelled() {
        let outcome = tokio::select! {
            outcome = look() => outcome,
            () = shutdown.cancelled() => return Ok(()),
        };
        let pause = match outcome {
            Ok(()) => interval,
            Err(error) => {
                warn!(
                    process = name,
                    error = format!("{error:#}"),
                    "will try again"
                );
                RETRY_AFTER
            }
        };
        tokio::select! {
            () = sleep(pause) => {}
            () = shutdown.cancelled() => {}
        }
    }
    Ok(())
}

/// Works on all of `items`, a few at a time. One that fails keeps no other from its turn.
pub(crate) async fn each<T, F>(items: Vec<T>, work: impl Fn(T) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let failures: Vec<String> = stream::iter(items)
        .map(work)
        .buffer_unordered(BROADCASTS_MAX)
        .filter_map(|outcome| ready(outcome.err().map(|error| format!("{error:#}"))))
        .collect()
        .await;
    ensure!(failures.is_empty(), failures.join("; "));
    Ok(())
}
