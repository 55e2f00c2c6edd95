use std::{sync::Arc, time::Duration};

use bootstrap::Clock;
use bytes::Bytes;
use channels::Verdict;
use event_store::EventStore;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;
use vault::Vault;

use crate::{
    LinksConfig, SendingConfig,
    attachments::Attachments,
    broadcasts::{Broadcasts, Standing},
    bucket::Bucket,
    client::Client,
    credentials::{Access, Credentials, Opened},
    daily::DailyPeople,
    lease::Validity,
    pace::{Pace, Paces},
    queue::Queue,
};

/// How long a refused call waits for other credentials before its broadcast is paused.
const ROTATION_MAX: Duration = Duration::from_secs(3);
const ROTATION_POLL: Duration = Duration::from_millis(100);
/// Between looks for an account that is not known yet.
const UNKNOWN_POLL: Duration = Duration::from_millis(500);

/// What all workers of this process share.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) store: EventStore,
    pub(crate) queue: Queue,
    pub(crate) vault: Vault,
    pub(crate) broadcasts: Broadcasts,
    pub(crate) credentials: Credentials,
    pub(crate) attachments: Attachments,
    pub(crate) daily: DailyPeople,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) sending: SendingConfig,
    pub(crate) paces: Paces,
    pub(crate) links: LinksConfig,
}

/// How many people a call to LINE is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    Many,
    One,
}

/// An account that this process sends for.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) shared: Shared,
    pub(crate) id: Uuid,
    pub(crate) pace: Pace,
    bucket: Bucket,
    /// Of LINE's endpoint for one person, which has a limit of its own.
    pushes: Bucket,
    lease: Validity,
    stop: CancellationToken,
}

impl Account {
    /// `None`: the process is to stop before it is known which channel the account is of.
    pub(crate) async fn open(
        shared: Shared,
        id: Uuid,
        lease: Validity,
        stop: CancellationToken,
    ) -> Option<Self> {
        while !stop.is_cancelled() {
            match shared.credentials.channel(id).await {
                Ok(Some(channel)) => {
                    let pace = shared.paces.of(channel);
                    return Some(Self {
                        bucket: Bucket::new(pace.calls_per_second),
                        pushes: Bucket::new(pace.pushes_per_second),
                        shared,
                        id,
                        pace,
                        lease,
                        stop,
                    });
                }
                Ok(None) => info!(account.id = %id, "account is not known here yet"),
                Err(error) => {
                    warn!(account.id = %id, error = format!("{error:#}"), "cannot read an account");
                }
            }
            // Over when either is: in both cases it is time to look again.
            drop(timeout(UNKNOWN_POLL, stop.cancelled()).await);
        }
        None
    }

    /// Whether the account is still ours, and there is time for another call.
    pub(crate) fn may_send(&self) -> bool {
        !self.stop.is_cancelled() && self.lease.holds()
    }

    /// Whether this process alone may write for the account.
    pub(crate) fn is_ours(&self) -> bool {
        self.lease.holds()
    }

    /// Waits for a call's turn, at the account's pace, but not when the process is to stop.
    pub(crate) async fn turn(&self) {
        self.turn_in(&self.bucket).await;
    }

    async fn turn_in(&self, bucket: &Bucket) {
        tokio::select! {
            () = bucket.take() => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// One call at the account's pace, and another if it was refused for credentials that were rotated.
    /// `None`: the account may no longer be ours, or no longer connected, and nothing was sent.
    pub(crate) async fn send_line(
        &self,
        team_id: Uuid,
        to: To,
        retry_key: Uuid,
        body: Bytes,
    ) -> anyhow::Result<Option<Verdict>> {
        loop {
            let Access::Open(opened) = self.access(team_id).await? else {
                return Ok(None);
            };
            let Client::Line(line) = &opened.client else {
                anyhow::bail!("the account's channel takes one person a call");
            };
            self.turn_in(match to {
                To::Many => &self.bucket,
                To::One => &self.pushes,
            })
            .await;
            // Looked at last, since a process may have been stopped for long at any point before.
            if !self.may_send() {
                return Ok(None);
            }
            let sent = match to {
                To::Many => line.multicast(retry_key, body.clone()).await,
                To::One => line.push(retry_key, body.clone()).await,
            };
            let verdict = sent.verdict;
            let refused = matches!(verdict, Verdict::AccountRefused { .. });
            if !refused || !self.gets_others(team_id, &opened).await? {
                return Ok(Some(verdict));
            }
        }
    }

    /// Waits for other credentials than those that were refused. What a team does in the channel's
    /// console may get there before what it says here gets to us.
    pub(crate) async fn gets_others(
        &self,
        team_id: Uuid,
        refused: &Opened,
    ) -> anyhow::Result<bool> {
        let since = Instant::now();
        loop {
            self.shared.credentials.forget(self.id);
            if self.access(team_id).await?.differs_from(refused) {
                return Ok(true);
            }
            if since.elapsed() >= ROTATION_MAX {
                return Ok(false);
            }
            self.rest(ROTATION_POLL).await;
            if !self.may_send() {
                // The caller looks at the same, and gives way.
                return Ok(true);
            }
        }
    }

    pub(crate) async fn access(&self, team_id: Uuid) -> anyhow::Result<Access> {
        self.shared.credentials.access(team_id, self.id).await
    }

    /// Whether a broadcast may be sent: not while its account is disconnected.
    pub(crate) async fn standing(&self, broadcast_id: Uuid) -> anyhow::Result<Standing> {
        let standing = self.shared.broadcasts.standing(broadcast_id).await?;
        match standing {
            Standing::Sending { .. } if !self.is_connected().await? => Ok(Standing::Held),
            Standing::Sending { .. } | Standing::Held | Standing::Over => Ok(standing),
        }
    }

    pub(crate) async fn is_connected(&self) -> anyhow::Result<bool> {
        self.shared.credentials.is_connected(self.id).await
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
