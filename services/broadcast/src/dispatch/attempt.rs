use events::broadcasts::AudienceFrozen;
use prost::Message as _;
use sqlx::{PgPool, PgTransaction};
use uuid::Uuid;

use super::erased::{hold_erasures, mark_staged};

/// What the addresses of a chunk are sealed under.
pub(crate) const ADDRESSES: &str = "fanfare.dispatch.addresses";

/// A chunk as it is staged.
#[derive(Debug)]
pub(crate) struct StagedChunk {
    pub(crate) chunk_id: Uuid,
    pub(crate) index: i32,
    pub(crate) contact_ids: Vec<u8>,
    pub(crate) sealed_addresses: Vec<u8>,
}

/// People left out for one reason, as they are staged.
#[derive(Debug)]
pub(crate) struct StagedExclusion {
    pub(crate) part: i32,
    pub(crate) reason: i32,
    pub(crate) contact_ids: Vec<u8>,
}

/// One try at staging a whole audience. Only the one that began last can get anything stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    pub(crate) attempt_id: Uuid,
    pub(crate) broadcast_id: Uuid,
    pub(crate) account_id: Uuid,
    pub(crate) team_id: Uuid,
}

impl Attempt {
    /// Takes the place of an earlier attempt, and throws away what that one has staged. `None`: an
    /// earlier one has staged everyone, and stays.
    pub(crate) async fn begin(
        pool: &PgPool,
        team_id: Uuid,
        account_id: Uuid,
        broadcast_id: Uuid,
    ) -> sqlx::Result<Option<Self>> {
        let attempt_id = Uuid::now_v7();
        let mut tx = pool.begin().await?;
        // Waits for what the earlier attempt is storing at this moment, so that the rest deletes it.
        let begun = sqlx::query!(
            "INSERT INTO dispatch_audiences (broadcast_id, team_id, attempt_id) VALUES ($1, $2, $3)
             ON CONFLICT (broadcast_id) DO UPDATE SET attempt_id = excluded.attempt_id
             WHERE dispatch_audiences.frozen IS NULL",
            broadcast_id,
            team_id,
            attempt_id,
        )
        .execute(&mut *tx)
        .await?;
        if begun.rows_affected() == 0 {
            return Ok(None);
        }
        delete_staged(&mut tx, broadcast_id).await?;
        tx.commit().await?;
        Ok(Some(Self {
            attempt_id,
            broadcast_id,
            account_id,
            team_id,
        }))
    }

    /// Stores people. False: another attempt has taken this one's place.
    pub(crate) async fn stage(
        self,
        pool: &PgPool,
        chunks: &[StagedChunk],
        exclusions: &[StagedExclusion],
    ) -> sqlx::Result<bool> {
        let mut tx = pool.begin().await?;
        hold_erasures(&mut tx).await?;
        let held = sqlx::query_scalar!(
            r#"SELECT true AS "held!" FROM dispatch_audiences
               WHERE broadcast_id = $1 AND attempt_id = $2 AND frozen IS NULL
               FOR SHARE"#,
            self.broadcast_id,
            self.attempt_id,
        )
        .fetch_optional(&mut *tx)
        .await?;
        if held.is_none() {
            return Ok(false);
        }
        self.insert_chunks(&mut tx, chunks).await?;
        mark_staged(&mut tx, chunks).await?;
        self.insert_exclusions(&mut tx, exclusions).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Everyone is stored: from now on this is the audience. False: another attempt has taken this
    /// one's place.
    pub(crate) async fn finish(self, pool: &PgPool, frozen: &AudienceFrozen) -> sqlx::Result<bool> {
        let finished = sqlx::query!(
            "UPDATE dispatch_audiences SET frozen = $3
             WHERE broadcast_id = $1 AND attempt_id = $2 AND frozen IS NULL",
            self.broadcast_id,
            self.attempt_id,
            frozen.encode_to_vec(),
        )
        .execute(pool)
        .await?;
        Ok(finished.rows_affected() == 1)
    }

    pub(super) async fn insert_chunks(
        self,
        tx: &mut PgTransaction<'_>,
        chunks: &[StagedChunk],
    ) -> sqlx::Result<()> {
        let ids: Vec<Uuid> = chunks.iter().map(|chunk| chunk.chunk_id).collect();
        let indexes: Vec<i32> = chunks.iter().map(|chunk| chunk.index).collect();
        let contacts: Vec<&[u8]> = chunks
            .iter()
            .map(|chunk| chunk.contact_ids.as_slice())
            .collect();
        let addresses: Vec<&[u8]> = chunks
            .iter()
            .map(|chunk| chunk.sealed_addresses.as_slice())
            .collect();
        sqlx::query!(
            "INSERT INTO dispatch_chunks (chunk_id, broadcast_id, account_id, team_id, chunk_index,
                                          attempt_id, state, recipients, contact_ids, sealed_addresses)
             SELECT chunk_id, $1, $2, $3, chunk_index, $4, 'staged', octet_length(contact_ids) / 16,
                    contact_ids, sealed_addresses
             FROM unnest($5::uuid[], $6::integer[], $7::bytea[], $8::bytea[])
                  AS rows (chunk_id, chunk_index, contact_ids, sealed_addresses)",
            self.broadcast_id,
            self.account_id,
            self.team_id,
            self.attempt_id,
            &ids,
            &indexes,
            &contacts as &[&[u8]],
            &addresses as &[&[u8]],
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    async fn insert_exclusions(
        self,
        tx: &mut PgTransaction<'_>,
        exclusions: &[StagedExclusion],
    ) -> sqlx::Result<()> {
        let parts: Vec<i32> = exclusions.iter().map(|exclusion| exclusion.part).collect();
        let reasons: Vec<i32> = exclusions
            .iter()
            .map(|exclusion| exclusion.reason)
            .collect();
        let contacts: Vec<&[u8]> = exclusions
            .iter()
            .map(|exclusion| exclusion.contact_ids.as_slice())
            .collect();
        sqlx::query!(
            "INSERT INTO dispatch_exclusions (broadcast_id, team_id, part, attempt_id, reason, contact_ids)
             SELECT $1, $2, part, $3, reason, contact_ids
             FROM unnest($4::integer[], $5::integer[], $6::bytea[]) AS rows (part, reason, contact_ids)",
            self.broadcast_id,
            self.team_id,
            self.attempt_id,
            &parts,
            &reasons,
            &contacts as &[&[u8]],
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

/// The caller holds the row of the broadcast's attempt.
pub(super) async fn delete_staged(
    tx: &mut PgTransaction<'_>,
    broadcast_id: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM dispatch_chunks WHERE broadcast_id = $1 AND state = 'staged'",
        broadcast_id,
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "DELETE FROM dispatch_exclusions WHERE broadcast_id = $1",
        broadcast_id,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
