//! Whom a job is for, as it is stored. Only the job's holder can change it.

use contacts_domain::FrozenJob;
use event_bus::ConsistencyToken;
use sqlx::PgPool;

use super::holding::{Held, Stop};

pub(super) const ID_BYTES: usize = 16;

/// Contacts of one partition.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) index: i32,
    pub(super) partition: i16,
    pub(super) contact_ids: Vec<u8>,
}

impl Chunk {
    pub(super) fn contacts(&self) -> usize {
        self.contact_ids.len() / ID_BYTES
    }
}

impl Held {
    /// Throws away what an earlier try has stored.
    pub(super) async fn clear(self, pool: &PgPool) -> sqlx::Result<Result<(), Stop>> {
        let mut tx = pool.begin().await?;
        // A cancelled job's chunks go as well.
        if self.fence(&mut tx).await? == Err(Stop::TakenOver) {
            return Ok(Err(Stop::TakenOver));
        }
        sqlx::query!(
            "DELETE FROM job_chunks WHERE team_id = $1 AND job_id = $2",
            self.team_id,
            self.job_id,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Ok(()))
    }

    pub(super) async fn stage(
        self,
        pool: &PgPool,
        chunks: &[Chunk],
    ) -> sqlx::Result<Result<(), Stop>> {
        let mut tx = pool.begin().await?;
        if let Err(stop) = self.fence(&mut tx).await? {
            return Ok(Err(stop));
        }
        let indexes: Vec<i32> = chunks.iter().map(|chunk| chunk.index).collect();
        let partitions: Vec<i16> = chunks.iter().map(|chunk| chunk.partition).collect();
        let contacts: Vec<&[u8]> = chunks
            .iter()
            .map(|chunk| chunk.contact_ids.as_slice())
            .collect();
        sqlx::query!(
            "INSERT INTO job_chunks (team_id, job_id, chunk, partition, contact_ids)
             SELECT $1, $2, chunk, partition, contact_ids
             FROM unnest($3::integer[], $4::smallint[], $5::bytea[]) AS rows (chunk, partition, contact_ids)",
            self.team_id,
            self.job_id,
            &indexes,
            &partitions,
            &contacts as &[&[u8]],
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// Everyone is stored, for good.
    pub(super) async fn staged(
        self,
        pool: &PgPool,
        frozen: FrozenJob,
        token: &ConsistencyToken,
    ) -> anyhow::Result<Result<(), Stop>> {
        let mut tx = pool.begin().await?;
        if let Err(stop) = self.fence(&mut tx).await? {
            return Ok(Err(stop));
        }
        sqlx::query!(
            "UPDATE job_work SET contacts = $3, chunk_count = $4, consistency_token = $5
             WHERE team_id = $1 AND job_id = $2",
            self.team_id,
            self.job_id,
            frozen.contacts,
            i32::try_from(frozen.chunk_count)?,
            token.encode(),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Ok(()))
    }

    pub(super) async fn chunks_from(
        self,
        pool: &PgPool,
        index: i32,
        count: i64,
    ) -> sqlx::Result<Vec<Chunk>> {
        sqlx::query_as!(
            Chunk,
            "SELECT chunk AS index, partition, contact_ids FROM job_chunks
             WHERE team_id = $1 AND job_id = $2 AND chunk >= $3 ORDER BY chunk LIMIT $4",
            self.team_id,
            self.job_id,
            index,
            count,
        )
        .fetch_all(pool)
        .await
    }

    /// The chunks before `next_chunk` are in the log.
    pub(super) async fn advance(
        self,
        pool: &PgPool,
        next_chunk: i32,
        processed: i64,
        token: &ConsistencyToken,
    ) -> sqlx::Result<Result<(), Stop>> {
        let mut tx = pool.begin().await?;
        let fenced = self.fence(&mut tx).await?;
        // What was done before somebody cancelled was done.
        if fenced != Err(Stop::TakenOver) {
            sqlx::query!(
                "UPDATE job_work SET next_chunk = $3, processed = $4, consistency_token = $5
                 WHERE team_id = $1 AND job_id = $2",
                self.team_id,
                self.job_id,
                next_chunk,
                processed,
                token.encode(),
            )
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
        }
        Ok(fenced)
    }
}
