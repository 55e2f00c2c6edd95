use std::collections::HashSet;

use anyhow::Context as _;
use tokio::{task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use crate::{
    account::{Account, Shared},
    hints::Hints,
    lease::{Lease, Leases},
    worker::work,
};

/// Takes accounts that there is something to send for, and has a worker for each.
pub(crate) struct Dispatcher {
    pub(crate) shared: Shared,
    pub(crate) leases: Leases,
    pub(crate) hints: Hints,
    pub(crate) shutdown: CancellationToken,
}

impl Dispatcher {
    /// Ends after all workers have.
    pub(crate) async fn run(mut self) -> anyhow::Result<()> {
        let (poll_min, poll_max) = (
            self.shared.sending.poll_min(),
            self.shared.sending.poll_max(),
        );
        let mut workers = JoinSet::new();
        let mut owned = HashSet::new();
        let mut wait = poll_min;
        while !self.shutdown.is_cancelled() {
            match self.take(&owned).await {
                Ok(leases) if leases.is_empty() => wait = (wait * 2).min(poll_max),
                Ok(leases) => {
                    wait = poll_min;
                    for lease in leases {
                        owned.insert(lease.account_id);
                        workers.spawn(self.clone_for_worker(lease));
                    }
                }
                Err(error) => {
                    warn!(
                        error = &error as &dyn std::error::Error,
                        "cannot look for accounts"
                    );
                    wait = poll_max;
                }
            }
            tokio::select! {
                // Over when either is: in both cases it is time to look again.
                _ = timeout(wait, self.hints.next()) => {}
                Some(ended) = workers.join_next() => {
                    owned.remove(&ended.context("a worker panicked")?);
                }
                () = self.shutdown.cancelled() => {}
            }
        }
        while let Some(ended) = workers.join_next().await {
            ended.context("a worker panicked")?;
        }
        Ok(())
    }

    async fn take(&self, owned: &HashSet<Uuid>) -> Result<Vec<Lease>, sqlx::Error> {
        let mut taken = Vec::new();
        for account_id in self.shared.queue.accounts().await? {
            if !owned.contains(&account_id) {
                taken.extend(self.leases.take(account_id).await?);
            }
        }
        Ok(taken)
    }

    fn clone_for_worker(&self, lease: Lease) -> impl Future<Output = Uuid> + Send + use<> {
        let (shared, hints, stop) = (
            self.shared.clone(),
            self.hints.clone(),
            self.shutdown.clone(),
        );
        own(shared, lease, hints, stop)
    }
}

/// Works for an account while its lease holds, and says whose it was.
async fn own(shared: Shared, lease: Lease, hints: Hints, stop: CancellationToken) -> Uuid {
    let account_id = lease.account_id;
    info!(account.id = %account_id, "sending for an account");
    let working = async {
        let account = Account::open(shared, account_id, lease.validity(), stop).await;
        if let Some(account) = account {
            work(&account, hints).await;
        }
    };
    tokio::select! {
        () = working => {}
        // Whatever is under way is dropped where it is: the next owner finds the open windows.
        () = lease.keep() => warn!(account.id = %account_id, "lost the lease of an account"),
    }
    if let Err(error) = lease.release().await {
        warn!(account.id = %account_id, error = &error as &dyn std::error::Error, "cannot release a lease");
    }
    account_id
}
