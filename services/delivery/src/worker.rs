use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt as _, future};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tracing::warn;
use uuid::Uuid;

use crate::{
    account::Account, backoff::backoff, broadcasts::Standing, chunk, hints::Hints, queue::Ready,
};

/// After the database or the log failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Sends all that there is to send for an account, some chunks at a time.
///
/// Ends when nothing is left, or when the process is to stop: then after the calls that are under way.
pub(crate) async fn work(account: &Account, hints: Hints) {
    let windows = account.pace.windows_in_flight as usize;
    // Read ahead by as many as are under way.
    let (feed, chunks) = mpsc::channel(windows);
    let in_hand = &InHand::default();
    let send = ReceiverStream::new(chunks)
        .map(|ready| send(account, in_hand, ready))
        .buffer_unordered(windows)
        .for_each(future::ready);
    tokio::join!(feed_chunks(account, in_hand, feed, hints), send);
}

/// The chunks that were read and are not done with.
#[derive(Debug, Default)]
struct InHand(Mutex<HashSet<Uuid>>);

impl InHand {
    fn lock(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn send(account: &Account, in_hand: &InHand, ready: Ready) {
    if let Err(error) = chunk::send(account, &ready).await {
        put_back(account, &ready, &error).await;
    }
    in_hand.lock().remove(&ready.chunk_id);
}

async fn put_back(account: &Account, ready: &Ready, error: &anyhow::Error) {
    warn!(
        chunk.id = %ready.chunk_id,
        broadcast.id = %ready.broadcast_id,
        error = format!("{error:#}"),
        "chunk cannot be sent for now"
    );
    let attempts = u32::try_from(ready.attempts)
        .unwrap_or_default()
        .saturating_add(1);
    let queue = &account.shared.queue;
    if let Err(error) = queue
        .postpone(ready.chunk_id, attempts, backoff(attempts))
        .await
    {
        warn!(
            error = &error as &dyn std::error::Error,
            "cannot postpone a chunk"
        );
        account.rest(PAUSE_AFTER_FAILURE).await;
    }
}

async fn feed_chunks(
    account: &Account,
    in_hand: &InHand,
    feed: mpsc::Sender<Ready>,
    mut hints: Hints,
) {
    let sending = &account.shared.sending;
    let mut wait = sending.poll_min();
    while account.may_send() {
        match look(account, in_hand).await {
            Ok(Found::Nothing) if in_hand.lock().is_empty() => return,
            Ok(Found::Nothing | Found::NotDue) => wait = (wait * 2).min(sending.poll_max()),
            Ok(Found::Chunks(chunks)) => {
                wait = sending.poll_min();
                in_hand
                    .lock()
                    .extend(chunks.iter().map(|ready| ready.chunk_id));
                for ready in chunks {
                    if feed.send(ready).await.is_err() {
                        return;
                    }
                }
                continue;
            }
            Err(error) => {
                warn!(account.id = %account.id, error = format!("{error:#}"), "cannot look for chunks");
                wait = PAUSE_AFTER_FAILURE;
            }
        }
        tokio::select! {
            // Over when either is: in both cases it is time to look again.
            _ = timeout(wait, hints.next()) => {}
            () = account.stopped() => return,
        }
    }
}

enum Found {
    Chunks(Vec<Ready>),
    /// What there is waits for its time, for its broadcast or its account, or is in hand.
    NotDue,
    Nothing,
}

async fn look(account: &Account, in_hand: &InHand) -> anyhow::Result<Found> {
    let Account { shared, id, .. } = account;
    let mut going_on = Vec::new();
    let broadcasts = shared.queue.broadcasts(*id).await?;
    for broadcast_id in &broadcasts {
        match account.standing(*broadcast_id).await? {
            Standing::Sending { .. } | Standing::Over => going_on.push(*broadcast_id),
            Standing::Held => {}
        }
    }
    if broadcasts.is_empty() {
        return Ok(Found::Nothing);
    }
    let in_hand: Vec<Uuid> = in_hand.lock().iter().copied().collect();
    let windows = account.pace.windows_in_flight;
    let chunks = shared
        .queue
        .ready(*id, &going_on, &in_hand, windows, i64::from(windows))
        .await?;
    if chunks.is_empty() {
        return Ok(Found::NotDue);
    }
    Ok(Found::Chunks(chunks))
}
