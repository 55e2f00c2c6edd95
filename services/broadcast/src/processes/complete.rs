use std::sync::Arc;

use anyhow::Context as _;
use bootstrap::Clock;
use broadcast_domain::{Broadcast, BroadcastCommand, BroadcastError};
use event_store::{EventStore, ExecuteError};
use sqlx::PgPool;
use vault::Vault;

use super::{ACTOR, each};
use crate::{
    dispatch, metadata,
    queries::{Open, to_clean_up, to_complete},
};

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
        let completer = &self;
        each(to_complete(&self.pool).await?, |open| async move {
            let completed = completer.complete(&open).await;
            completed.with_context(|| format!("cannot complete {}", open.broadcast_id))
        })
        .await?;
        each(to_clean_up(&self.pool).await?, |ended| async move {
            let erased = completer.erase(&ended).await;
            erased.with_context(|| format!("cannot clean up after {}", ended.broadcast_id))
        })
        .await
    }

    async fn complete(&self, open: &Open) -> anyhow::Result<()> {
        let context = metadata::context(open.team_id, ACTOR, open.broadcast_id, None);
        let command = BroadcastCommand::Complete {
            at: self.clock.now(),
        };
        let executed = self
            .store
            .execute::<Broadcast>(&context, open.broadcast_id, command)
            .await;
        match executed {
            // Stopped meanwhile: it stays so.
            Ok(_) | Err(ExecuteError::Refused(BroadcastError::Stopped)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The key first: with it, what a backup has of the rows becomes unreadable as well.
    async fn erase(&self, ended: &Open) -> anyhow::Result<()> {
        self.vault
            .destroy_broadcast_key(ended.team_id, ended.broadcast_id)
            .await?;
        dispatch::forget(&self.pool, ended.broadcast_id).await?;
        Ok(())
    }
}
