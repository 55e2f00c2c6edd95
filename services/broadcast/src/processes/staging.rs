use std::mem;

use anyhow::ensure;
use broadcast_domain::{RECIPIENTS_MAX, chunk_id};
use events::{
    broadcasts::{AudienceFrozen, ExcludedCount, ExclusionReason},
    join_ids, to_bytes,
};
use sqlx::PgPool;
use uuid::Uuid;
use vault::{Aad, SealKey};

use crate::{
    audience::{Recipient, Screened, Tally},
    dispatch::{ADDRESSES, Attempt, StagedChunk, StagedExclusion},
};

/// People left out in one event.
const EXCLUDED_PEOPLE_MAX: usize = 5_000;

/// People on their way into the rows of an attempt, a page at a time.
pub(super) struct Staging {
    attempt: Attempt,
    key: SealKey,
    tally: Tally,
    waiting: Vec<Recipient>,
    chunk_count: i32,
    left_out: Vec<(Uuid, ExclusionReason)>,
    part_count: i32,
}

impl Staging {
    pub(super) fn new(attempt: Attempt, key: SealKey) -> Self {
        Self {
            attempt,
            key,
            tally: Tally::new(),
            waiting: Vec::new(),
            chunk_count: 0,
            left_out: Vec::new(),
            part_count: 0,
        }
    }

    /// Stores the chunks that these people fill.
    pub(super) async fn add(&mut self, pool: &PgPool, screened: Screened) -> anyhow::Result<()> {
        self.tally.add(&screened);
        self.waiting.extend(screened.included);
        self.left_out.extend(screened.excluded);
        let full = self.waiting.len() / RECIPIENTS_MAX * RECIPIENTS_MAX;
        let exclusions = if self.left_out.len() >= EXCLUDED_PEOPLE_MAX {
            self.exclusions()
        } else {
            Vec::new()
        };
        self.store(pool, full, exclusions).await
    }

    /// Stores who is left, and makes this the audience.
    pub(super) async fn finish(mut self, pool: &PgPool) -> anyhow::Result<AudienceFrozen> {
        let exclusions = self.exclusions();
        self.store(pool, self.waiting.len(), exclusions).await?;
        let excluded = self.tally.excluded().into_iter();
        let frozen = AudienceFrozen {
            broadcast_id: to_bytes(self.attempt.broadcast_id),
            included: i64::try_from(self.tally.included)?,
            excluded: excluded
                .map(|(reason, people)| {
                    Ok(ExcludedCount {
                        reason: reason.into(),
                        contacts: i64::try_from(people)?,
                    })
                })
                .collect::<anyhow::Result<_>>()?,
            chunk_count: u32::try_from(self.chunk_count)?,
            digest: self.tally.digest(),
            frozen_at: None,
        };
        let finished = self.attempt.finish(pool, &frozen).await?;
        ensure!(finished, "another attempt has taken over");
        Ok(frozen)
    }

    async fn store(
        &mut self,
        pool: &PgPool,
        people: usize,
        exclusions: Vec<StagedExclusion>,
    ) -> anyhow::Result<()> {
        let waiting = self.waiting.split_off(people);
        let full = mem::replace(&mut self.waiting, waiting);
        let chunks: Vec<StagedChunk> = full
            .chunks(RECIPIENTS_MAX)
            .map(|people| self.chunk(people))
            .collect::<anyhow::Result<_>>()?;
        let stored = self.attempt.stage(pool, &chunks, &exclusions).await?;
        ensure!(stored, "another attempt has taken over");
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
