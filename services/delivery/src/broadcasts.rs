use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use bootstrap::Clock;
use broadcast_domain::{Broadcast, BroadcastCommand};
use event_store::{CommandContext, EventStore, ExecuteError};
use events::broadcasts::PauseReason;
use tokio::time::Instant;
use tracing::{info, warn};
use uuid::Uuid;

use crate::metadata;

/// How old an answer may be. What this process itself pauses or stops, it knows at once.
const FRESH: Duration = Duration::from_millis(200);
/// A paused broadcast waits for a person, so that it is asked about less often.
const FRESH_WHEN_HELD: Duration = Duration::from_secs(1);
const REMEMBERED_MAX: usize = 1024;

/// Whether a broadcast may be sent, as its own events say: no read model is in between, which might lag.
#[derive(Debug, Clone)]
pub(crate) struct Broadcasts {
    store: EventStore,
    clock: Arc<dyn Clock>,
    known: Arc<Mutex<HashMap<Uuid, (Standing, Instant)>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Sending {
        /// How often it was resumed: what is found out about the account holds until the next time.
        resumed: u32,
    },
    /// Not yet, or not until a person says so.
    Held,
    /// Stopped or done: who was not sent to is not sent to.
    Over,
}

impl Broadcasts {
    pub(crate) fn new(store: EventStore, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            known: Arc::default(),
        }
    }

    pub(crate) async fn standing(&self, broadcast_id: Uuid) -> anyhow::Result<Standing> {
        let now = Instant::now();
        if let Some((standing, read_at)) = self.known().get(&broadcast_id).copied() {
            let fresh = match standing {
                Standing::Sending { .. } | Standing::Over => FRESH,
                Standing::Held => FRESH_WHEN_HELD,
            };
            if now.duration_since(read_at) < fresh {
                return Ok(standing);
            }
        }
        let loaded = self.store.load::<Broadcast>(broadcast_id).await;
        let standing = standing(&loaded.context("cannot load a broadcast")?.state);
        let mut known = self.known();
        if known.len() >= REMEMBERED_MAX {
            known.retain(|_, (_, read_at)| now.duration_since(*read_at) < FRESH_WHEN_HELD);
        }
        known.insert(broadcast_id, (standing, now));
        Ok(standing)
    }

    /// Asks the log again, for all broadcasts.
    pub(crate) fn forget(&self) {
        self.known().clear();
    }

    pub(crate) async fn pause(
        &self,
        team_id: Uuid,
        broadcast_id: Uuid,
        reason: PauseReason,
        detail: String,
        resumed: u32,
    ) -> anyhow::Result<()> {
        info!(broadcast.id = %broadcast_id, reason = reason.as_str_name(), "pausing a broadcast");
        let at = self.clock.now();
        let command = BroadcastCommand::Pause {
            reason,
            detail,
            resumed,
            at,
        };
        self.execute(team_id, broadcast_id, command).await
    }

    pub(crate) async fn stop(
        &self,
        team_id: Uuid,
        broadcast_id: Uuid,
        code: &str,
        detail: String,
    ) -> anyhow::Result<()> {
        info!(broadcast.id = %broadcast_id, code, "stopping a broadcast");
        let command = BroadcastCommand::Stop {
            code: code.to_owned(),
            detail,
            at: self.clock.now(),
        };
        self.execute(team_id, broadcast_id, command).await
    }

    async fn execute(
        &self,
        team_id: Uuid,
        broadcast_id: Uuid,
        command: BroadcastCommand,
    ) -> anyhow::Result<()> {
        let context = CommandContext {
            team_id,
            request_id: None,
            metadata: metadata::of_broadcast(broadcast_id),
        };
        let executed = self
            .store
            .execute::<Broadcast>(&context, broadcast_id, command)
            .await;
        self.known().remove(&broadcast_id);
        match executed {
            Ok(_) => Ok(()),
            // It has gone on meanwhile; what it is now decides about the next window.
            Err(ExecuteError::Refused(refusal)) => {
                warn!(broadcast.id = %broadcast_id, %refusal, "broadcast is neither paused nor stopped");
                Ok(())
            }
            Err(error) => Err(error).context("cannot pause or stop a broadcast"),
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Uuid, (Standing, Instant)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn standing(broadcast: &Broadcast) -> Standing {
    match broadcast {
        Broadcast::Sending { resumed, .. } => Standing::Sending { resumed: *resumed },
        Broadcast::Stopped | Broadcast::Done => Standing::Over,
        Broadcast::Absent
        | Broadcast::Draft(_)
        | Broadcast::Preparing(_)
        | Broadcast::Paused { .. } => Standing::Held,
    }
}
