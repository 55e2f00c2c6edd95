use std::{collections::BTreeMap, time::Duration};

use event_store::LogPosition;
use tokio::{sync::watch, time::timeout};

use crate::ConsistencyToken;

/// How long a query waits for its read model.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// How far a consumer is.
#[derive(Debug, Clone)]
pub struct Progress {
    log: &'static str,
    positions: watch::Receiver<BTreeMap<i16, i64>>,
}

/// The read model does not reflect what the caller has done. Ask again in a while.
#[derive(Debug, thiserror::Error)]
#[error("the read model is behind at {at}, ask again")]
pub struct Behind {
    pub at: LogPosition,
}

impl Progress {
    /// Waits, for at most 5 seconds, until what `token` stands for is in the read model.
    ///
    /// Positions in other logs are left to the consumers of those.
    pub async fn wait_for(&self, token: &ConsistencyToken) -> Result<(), Behind> {
        let mut positions = self.positions.clone();
        for at in token.positions_in(self.log) {
            let reached = positions.wait_for(|positions| {
                positions
                    .get(&at.partition)
                    .is_some_and(|position| *position >= at.position)
            });
            match timeout(WAIT_MAX, reached).await {
                Ok(Ok(_)) => {}
                Ok(Err(_)) | Err(_) => return Err(Behind { at }),
            }
        }
        Ok(())
    }

    /// Waits until the consumer is elsewhere than it was at the last call.
    pub async fn moved(&mut self) {
        if self.positions.changed().await.is_err() {
            // The consumer is gone, and goes nowhere any more.
            std::future::pending::<()>().await;
        }
    }
}

/// Where a consumer says how far it is.
#[derive(Debug, Clone)]
pub(crate) struct Reporter {
    log: &'static str,
    positions: watch::Sender<BTreeMap<i16, i64>>,
}

impl Reporter {
    pub(crate) fn new(log: &'static str) -> Self {
        Self {
            log,
            positions: watch::Sender::new(BTreeMap::new()),
        }
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress {
            log: self.log,
            positions: self.positions.subscribe(),
        }
    }

    pub(crate) fn reached(&self, partition: i16, position: i64) {
        self.positions.send_modify(|positions| {
            positions.insert(partition, position);
        });
    }
}
