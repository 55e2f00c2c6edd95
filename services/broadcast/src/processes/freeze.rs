use std::sync::Arc;

use anyhow::Context as _;
use bootstrap::Clock;
use broadcast_domain::{
    Broadcast, BroadcastCommand, BroadcastError, Draft, Frozen, aggregation_unit,
};
use event_bus::ConsistencyToken;
use event_store::{EventStore, ExecuteError};
use events::broadcasts::AudienceFrozen;
use sqlx::{Connection as _, Either, PgConnection, PgPool, postgres::PgAdvisoryLock};
use tracing::info;
use uuid::Uuid;
use vault::Vault;

use super::{ACTOR, each, staging::Staging};
use crate::{
    LinksConfig,
    audience::{Audiences, screen},
    content,
    dispatch::{self, Attempt, Content},
    metadata,
    queries::{Open, to_freeze},
    sealing,
};

/// Turns a confirmed broadcast into chunks that can be sent.
///
/// It may be killed anywhere: an audience that was not staged whole is staged anew; one that was is
/// the audience for good, and is put into events from wherever that broke off.
#[derive(Debug, Clone)]
pub(crate) struct Freezer {
    pub(crate) pool: PgPool,
    pub(crate) store: EventStore,
    pub(crate) vault: Vault,
    pub(crate) audiences: Audiences,
    pub(crate) links: LinksConfig,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Freezer {
    /// Does what there is to do.
    pub(crate) async fn look(self: Arc<Self>) -> anyhow::Result<()> {
        let freezer = &self;
        each(to_freeze(&self.pool).await?, |open| async move {
            let frozen = freezer.freeze_alone(&open).await;
            frozen.with_context(|| format!("cannot freeze the audience of {}", open.broadcast_id))
        })
        .await
    }

    /// Only one process works on a broadcast at a time. That spares work, and no more: the lock goes
    /// with its connection, which may break while this process lives.
    async fn freeze_alone(&self, open: &Open) -> anyhow::Result<()> {
        let connection = PgConnection::connect_with(&self.pool.connect_options()).await?;
        let lock = PgAdvisoryLock::new(format!("freeze:{}", open.broadcast_id));
        let Either::Left(_held) = lock.try_acquire(connection).await? else {
            return Ok(());
        };
        self.freeze(open).await
    }

    async fn freeze(&self, open: &Open) -> anyhow::Result<()> {
        let whole = match dispatch::find_whole(&self.pool, open.broadcast_id).await? {
            Some(whole) => Some(whole),
            None => self.stage(open).await?,
        };
        let Some(whole) = whole else { return Ok(()) };
        if self.announce(open, &whole).await? {
            return self.publish(open, &whole).await;
        }
        dispatch::discard(&self.pool, open.broadcast_id, Some(&whole)).await?;
        Ok(())
    }

    /// Stores who is in and who is not. `None`: there is nothing to freeze any more.
    async fn stage(&self, open: &Open) -> anyhow::Result<Option<AudienceFrozen>> {
        match self.store.load::<Broadcast>(open.broadcast_id).await?.state {
            Broadcast::Preparing(draft) => self.stage_draft(open.team_id, &draft).await,
            Broadcast::Absent
            | Broadcast::Draft(_)
            | Broadcast::Sending { .. }
            | Broadcast::Paused { .. }
            | Broadcast::Done
            | Broadcast::Stopped => {
                dispatch::discard(&self.pool, open.broadcast_id, None).await?;
                Ok(None)
            }
        }
    }

    async fn stage_draft(
        &self,
        team_id: Uuid,
        draft: &Draft,
    ) -> anyhow::Result<Option<AudienceFrozen>> {
        let broadcast_id = draft.broadcast_id;
        let rendered = content::of_draft(draft, &self.links)?;
        let content = Content {
            messages_json: &rendered.to_json(),
            aggregation_unit: &aggregation_unit(broadcast_id),
            personal_links: draft.personal_links,
        };
        dispatch::store_content(&self.pool, broadcast_id, &content).await?;
        let key = self.vault.broadcast_key(team_id, broadcast_id).await?;
        let key = key.context("the broadcast's key was destroyed")?;
        let begun = Attempt::begin(&self.pool, team_id, draft.account_id, broadcast_id).await?;
        let Some(attempt) = begun else {
            return Ok(None);
        };
        let mut staging = Staging::new(attempt, key);
        let window = rendered.window(self.clock.now());
        let token = ConsistencyToken::default();
        let filter = sealing::open(&self.vault, team_id, broadcast_id, &draft.audience).await?;
        let resolved = self
            .audiences
            .resolve(team_id, draft.account_id, &filter, &token);
        let mut pages = resolved.await.context("segmentation does not answer")?;
        while let Some(page) = pages
            .message()
            .await
            .context("segmentation stopped answering")?
        {
            let screened = screen(page, draft.channel, window);
            staging.add(&self.pool, screened).await?;
        }
        staging.finish(&self.pool).await.map(Some)
    }

    /// Appends `AudienceFrozen`, if that was not done before. False: the broadcast goes on without
    /// this audience.
    async fn announce(&self, open: &Open, whole: &AudienceFrozen) -> anyhow::Result<bool> {
        let command = BroadcastCommand::Freeze {
            frozen: Frozen::from(whole),
            at: self.clock.now(),
        };
        let context = metadata::context(open.team_id, ACTOR, open.broadcast_id, None);
        let executed = self
            .store
            .execute::<Broadcast>(&context, open.broadcast_id, command)
            .await;
        match executed {
            Ok(executed) => {
                if executed.at.is_some() {
                    info!(broadcast.id = %open.broadcast_id, included = whole.included, "froze an audience");
                }
                Ok(true)
            }
            // Delivery stopped it when this audience was frozen. Whoever has no chunk yet gets one, and
            // in it an outcome.
            Err(ExecuteError::Refused(BroadcastError::Stopped)) => Ok(true),
            Err(ExecuteError::Refused(BroadcastError::AlreadyFrozen | BroadcastError::Done)) => {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}
