use std::{mem, sync::Arc};

use anyhow::Context as _;
use bootstrap::Clock;
use broadcast_domain::{
    Broadcast, BroadcastCommand, BroadcastError, Draft, Frozen, RECIPIENTS_MAX, aggregation_unit,
    chunk_id,
};
use event_bus::ConsistencyToken;
use event_store::{EventStore, ExecuteError};
use events::{broadcasts::ExclusionReason, join_ids};
use sqlx::{Connection as _, PgConnection, PgPool, postgres::PgAdvisoryLock};
use tracing::info;
use uuid::Uuid;
use vault::{Aad, SealKey, Vault};

use crate::{
    LinksConfig,
    audience::{Audiences, Recipient, Tally, screen},
    content::rendered_json,
    dispatch::{self, ADDRESSES, Attempt, StagedChunk, StagedExclusion},
    metadata,
    queries::{Open, to_freeze},
};

/// People left out in one event.
const EXCLUDED_PEOPLE_MAX: usize = 5_000;
const ACTOR: &str = "service:broadcast";

/// Turns a confirmed broadcast into chunks that can be sent.
///
/// An attempt stages everything under its own id, and counts only once `AudienceFrozen` is
/// appended: one that dies before is discarded whole, one that dies after is taken up again.
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
    /// Does what there is to do, one broadcast after the other.
    pub(crate) async fn look(self: Arc<Self>) -> anyhow::Result<()> {
        for open in to_freeze(&self.pool).await? {
            self.freeze(&open)
                .await
                .with_context(|| format!("cannot freeze the audience of {}", open.broadcast_id))?;
        }
        Ok(())
    }

    /// Only one process works on a broadcast at a time. The lock goes with the connection.
    async fn freeze(&self, open: &Open) -> anyhow::Result<()> {
        let connection = PgConnection::connect_with(&self.pool.connect_options()).await?;
        let lock = PgAdvisoryLock::new(format!("freeze:{}", open.broadcast_id));
        let Ok(_held) = lock
            .try_acquire(connection)
            .await?
            .map_right(drop)
            .left()
            .ok_or(())
        else {
            return Ok(());
        };
        let loaded = self.store.load::<Broadcast>(open.broadcast_id).await?;
        match loaded.state {
            Broadcast::Preparing(draft) => {
                let frozen = self.stage(open.team_id, &draft).await?;
                if self.announce(open, frozen.clone()).await? {
                    self.publish(open.team_id, &draft, &frozen).await?;
                }
                Ok(())
            }
            Broadcast::Sending { draft, frozen } | Broadcast::Paused { draft, frozen } => {
                self.publish(open.team_id, &draft, &frozen).await
            }
            Broadcast::Absent | Broadcast::Draft(_) | Broadcast::Done | Broadcast::Stopped => {
                Ok(())
            }
        }
    }

    /// Appends `AudienceFrozen`. False: another attempt was first, and this one does not count.
    async fn announce(&self, open: &Open, frozen: Frozen) -> anyhow::Result<bool> {
        let included = frozen.included;
        let command = BroadcastCommand::Freeze {
            frozen,
            at: self.clock.now(),
        };
        let context = metadata::context(open.team_id, ACTOR, open.broadcast_id, None);
        let executed = self
            .store
            .execute::<Broadcast>(&context, open.broadcast_id, command)
            .await;
        match executed {
            Ok(_) => {
                info!(broadcast.id = %open.broadcast_id, included, "froze an audience");
                Ok(true)
            }
            Err(ExecuteError::Refused(BroadcastError::AlreadyFrozen)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Stores who is in and who is not, a page at a time.
    async fn stage(&self, team_id: Uuid, draft: &Draft) -> anyhow::Result<Frozen> {
        dispatch::discard(&self.pool, draft.broadcast_id).await?;
        let messages = rendered_json(&draft.messages, &draft.links, &self.links)?;
        let unit = aggregation_unit(draft.broadcast_id);
        dispatch::store_content(&self.pool, draft.broadcast_id, &messages, &unit).await?;
        let key = self
            .vault
            .broadcast_key(team_id, draft.broadcast_id)
            .await?;
        let mut staging = Staging {
            attempt: Attempt {
                attempt_id: Uuid::now_v7(),
                broadcast_id: draft.broadcast_id,
                account_id: draft.account_id,
                team_id,
            },
            key: key.context("the broadcast's key was destroyed")?,
            waiting: Vec::new(),
            chunk_count: 0,
            left_out: Vec::new(),
            part_count: 0,
        };
        let mut tally = Tally::new();
        let token = ConsistencyToken::default();
        let resolved = self
            .audiences
            .resolve(team_id, draft.account_id, &draft.audience, &token);
        let mut pages = resolved.await.context("segmentation does not answer")?;
        while let Some(page) = pages
            .message()
            .await
            .context("segmentation stopped answering")?
        {
            let screened = screen(page);
            tally.add(&screened);
            staging.waiting.extend(screened.included);
            staging.left_out.extend(screened.excluded);
            staging.write(&self.pool, false).await?;
        }
        staging.write(&self.pool, true).await?;
        Ok(Frozen {
            included: i64::try_from(tally.included)?,
            excluded: tally
                .excluded()
                .into_iter()
                .map(|(reason, people)| Ok((reason, i64::try_from(people)?)))
                .collect::<anyhow::Result<_>>()?,
            chunk_count: u32::try_from(staging.chunk_count)?,
            digest: tally.digest(),
        })
    }
}

/// People on their way into rows.
struct Staging {
    attempt: Attempt,
    key: SealKey,
    waiting: Vec<Recipient>,
    chunk_count: i32,
    left_out: Vec<(Uuid, ExclusionReason)>,
    part_count: i32,
}

impl Staging {
    /// Writes the full chunks, and with `rest` what is left as well.
    async fn write(&mut self, pool: &PgPool, rest: bool) -> anyhow::Result<()> {
        let full = if rest {
            self.waiting.len()
        } else {
            self.waiting.len() / RECIPIENTS_MAX * RECIPIENTS_MAX
        };
        let waiting = self.waiting.split_off(full);
        let ready = mem::replace(&mut self.waiting, waiting);
        let chunks: Vec<StagedChunk> = ready
            .chunks(RECIPIENTS_MAX)
            .map(|people| self.chunk(people))
            .collect::<anyhow::Result<_>>()?;
        let mut exclusions = Vec::new();
        if rest || self.left_out.len() >= EXCLUDED_PEOPLE_MAX {
            exclusions = self.exclusions();
        }
        dispatch::stage(pool, self.attempt, &chunks, &exclusions).await?;
        Ok(())
    }

    fn chunk(&mut self, people: &[Recipient]) -> anyhow::Result<StagedChunk> {
        let index = self.chunk_count;
        self.chunk_count += 1;
        let chunk_id = chunk_id(self.attempt.broadcast_id, u32::try_from(index)?);
        let addresses: Vec<&str> = people
            .iter()
            .map(|person| person.address.as_str())
            .collect();
        let aad = Aad {
            team_id: self.attempt.team_id,
            subject_id: self.attempt.broadcast_id,
            event_id: chunk_id,
            event_type: ADDRESSES,
        };
        Ok(StagedChunk {
            chunk_id,
            index,
            contact_ids: join_ids(people.iter().map(|person| person.contact_id)),
            sealed_addresses: self.key.seal(&aad, addresses.join("\n").as_bytes()),
        })
    }

    /// Those left out so far, parted by reason.
    fn exclusions(&mut self) -> Vec<StagedExclusion> {
        let mut left_out = mem::take(&mut self.left_out);
        // Stable: within a reason the order of the contacts stays.
        left_out.sort_by_key(|(_, reason)| i32::from(*reason));
        left_out
            .chunk_by(|(_, one), (_, other)| one == other)
            .flat_map(|people| people.chunks(EXCLUDED_PEOPLE_MAX))
            .map(|people| {
                let part = self.part_count;
                self.part_count += 1;
                StagedExclusion {
                    part,
                    reason: people.first().map_or(0, |(_, reason)| i32::from(*reason)),
                    contact_ids: join_ids(people.iter().map(|(contact_id, _)| *contact_id)),
                }
            })
            .collect()
    }
}
