use event_bus::{ConsistencyToken, Progress};
use futures_util::future::try_join_all;
use tonic::Status;

use crate::status::{behind, invalid_consistency_token};

/// How far this service's read models are, in all the logs that it follows.
#[derive(Debug, Clone)]
pub struct Freshness {
    progress: Vec<Progress>,
}

impl Freshness {
    pub fn new(progress: Vec<Progress>) -> Self {
        Self { progress }
    }

    /// Waits, for a bounded time, until what `token` stands for is in the read models.
    pub(crate) async fn wait_for(&self, token: &str) -> Result<(), Status> {
        let token = ConsistencyToken::decode(token).map_err(|_| invalid_consistency_token())?;
        let waits = self
            .progress
            .iter()
            .map(|progress| progress.wait_for(&token));
        try_join_all(waits).await.map_err(|error| behind(&error))?;
        Ok(())
    }
}
