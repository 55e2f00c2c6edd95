use std::sync::Arc;

use bootstrap::Clock;
use broadcast_domain::{Broadcast, BroadcastCommand, BroadcastError};
use event_store::{EventStore, ExecuteError};
use sqlx::PgPool;
use vault::Vault;

use crate::{
    dispatch, metadata,
    queries::{to_clean_up, to_complete},
};

const ACTOR: &str = "service:broadcast";

/// Ends broadcasts of which everyone has an outcome, and erases what sending them needed.
#[derive(Debug, Clone)]
pub(crate) struct Completer {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Completer {
    pub(crate) async fn look(self: Arc<Self>) -> anyhow::Result<()> {
        for open in to_complete(&self.pool).await? {
            let context = metadata::context(open.team_id, ACTOR, open.broadcast_id, None);
            let command = BroadcastCommand::Complete {
                at: self.clock.now(),
            };
            match self
                .store
                .execute::<Broadcast>(&context, open.broadcast_id, command)
                .await
            {
                // Stopped meanwhile: it stays so.
                Ok(_) | Err(ExecuteError::Refused(BroadcastError::Stopped)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        for ended in to_clean_up(&self.pool).await? {
            self.vault
                .destroy_broadcast_key(ended.team_id, ended.broadcast_id)
                .await?;
            dispatch::forget(&self.pool, ended.broadcast_id).await?;
        }
        Ok(())
    }
}
