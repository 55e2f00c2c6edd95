//! Hints that there may be something to send: quicker than looking, and not to be relied on.

use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::broadcasts::Broadcasts;

/// Whatever happens to a broadcast, as the log's relay publishes it.
const SUBJECT: &str = "fanfare.broadcasts.v1.*.broadcast.*";

/// Tells of hints since the last one.
#[derive(Debug, Clone)]
pub(crate) struct Hints(watch::Receiver<()>);

impl Hints {
    pub(crate) fn new() -> (watch::Sender<()>, Self) {
        let (sender, receiver) = watch::channel(());
        (sender, Self(receiver))
    }

    /// The next hint; never, if there will be none.
    pub(crate) async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Listens until the process stops. While NATS is away, there are no hints.
pub(crate) async fn listen(
    nats: async_nats::Client,
    hints: watch::Sender<()>,
    broadcasts: Broadcasts,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let mut changes = nats.subscribe(SUBJECT).await?;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            Some(_) = changes.next() => {
                broadcasts.forget();
                hints.send_replace(());
            }
        }
    }
}
