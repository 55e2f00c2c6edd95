use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

const RETRY_AFTER: Duration = Duration::from_secs(1);

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
