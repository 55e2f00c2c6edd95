use std::{sync::Arc, time::Duration};

use bootstrap::Clock;
use bytes::Bytes;
use channels::{Verdict, line::LineClient};
use event_store::EventStore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vault::Vault;

use crate::{
    SendingConfig, broadcasts::Broadcasts, bucket::Bucket, credentials::Credentials,
    lease::Validity, queue::Queue,
};

/// What all workers of this process share.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) store: EventStore,
    pub(crate) queue: Queue,
    pub(crate) vault: Vault,
    pub(crate) broadcasts: Broadcasts,
    pub(crate) credentials: Credentials,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) sending: SendingConfig,
    pub(crate) multicasts_per_second: u32,
}

/// An account that this process sends for.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) shared: Shared,
    pub(crate) id: Uuid,
    bucket: Bucket,
    lease: Validity,
    stop: CancellationToken,
}

impl Account {
    pub(crate) fn new(shared: Shared, id: Uuid, lease: Validity, stop: CancellationToken) -> Self {
        Self {
            bucket: Bucket::new(shared.multicasts_per_second),
            shared,
            id,
            lease,
            stop,
        }
    }

    /// Whether the account is still ours, and there is time for another call.
    pub(crate) fn may_send(&self) -> bool {
        !self.stop.is_cancelled() && self.lease.holds()
    }

    /// One call at the account's pace. `None`: the account may no longer be ours, and nothing was sent.
    pub(crate) async fn multicast(
        &self,
        team_id: Uuid,
        retry_key: Uuid,
        body: Bytes,
    ) -> anyhow::Result<Option<Verdict>> {
        let line = self.line(team_id).await?;
        tokio::select! {
            () = self.bucket.take() => {}
            () = self.stop.cancelled() => {}
        }
        // Looked at last, since a process may have been stopped for long at any point before.
        if !self.may_send() {
            return Ok(None);
        }
        let verdict = line.multicast(retry_key, body).await.verdict;
        if let Verdict::AccountRefused { .. } = verdict {
            self.shared.credentials.forget(team_id, self.id);
        }
        Ok(Some(verdict))
    }

    pub(crate) async fn line(&self, team_id: Uuid) -> anyhow::Result<LineClient> {
        self.shared.credentials.client(team_id, self.id).await
    }

    /// Waits, but not when the process is to stop.
    pub(crate) async fn rest(&self, wait: Duration) {
        // Over when either is: the caller looks again in both cases.
        drop(timeout(wait, self.stop.cancelled()).await);
    }

    pub(crate) async fn stopped(&self) {
        self.stop.cancelled().await;
    }
}
