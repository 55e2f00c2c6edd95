use std::time::Duration;

use event_store::{EventStore, read_heads};
use tokio::{sync::watch, time::interval};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How often the heads are read for what other processes have appended.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Keeps each partition's head current: at once for this process, by polling for the others.
pub(crate) async fn watch_heads(
    store: EventStore,
    heads: Vec<watch::Sender<i64>>,
    shutdown: CancellationToken,
) {
    let mut ticks = interval(POLL_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = shutdown.cancelled() => return,
        }
        match read_heads(store.pool()).await {
            Ok(read) => {
                for (head, at) in heads.iter().zip(read) {
                    raise(head, at.position);
                }
            }
            Err(error) => warn!(error = %error, "cannot read the log's heads"),
        }
    }
}

/// Raises `head` to `position`, and wakes whoever waits, if it is new.
pub(crate) fn raise(head: &watch::Sender<i64>, position: i64) {
    head.send_if_modified(|head| {
        let newer = position > *head;
        *head = position.max(*head);
        newer
    });
}
