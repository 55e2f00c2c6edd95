//! The rows of what is to be sent.

use std::time::Duration;

use sqlx::{PgPool, postgres::types::PgInterval};
use uuid::Uuid;

/// Reads and moves the rows of chunks.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    pool: PgPool,
}

/// A chunk that is to be sent.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) chunk_id: Uuid,
    pub(crate) broadcast_id: Uuid,
    pub(crate) account_id: Uuid,
    pub(crate) team_id: Uuid,
    pub(crate) chunk_index: i32,
    pub(crate) contact_ids: Vec<u8>,
    pub(crate) sealed_addresses: Option<Vec<u8>>,
    pub(crate) messages_json: String,
    pub(crate) aggregation_unit: String,
    /// Each person gets links of their own, and so a call of their own.
    pub(crate) personal_links: bool,
    /// Calls for its open window so far.
    pub(crate) attempts: i32,
}

impl Queue {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// The accounts that something is to be sent for. Leaps over the index from account to account.
    pub(crate) async fn accounts(&self) -> Result<Vec<Uuid>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            WITH RECURSIVE accounts AS (
                (SELECT account_id FROM dispatch_chunks WHERE state = 'ready' ORDER BY account_id LIMIT 1)
                UNION ALL
                SELECT next.account_id
                FROM accounts
                CROSS JOIN LATERAL (
                    SELECT c.account_id FROM dispatch_chunks c
                    WHERE c.state = 'ready' AND c.account_id > accounts.account_id
                    ORDER BY c.account_id LIMIT 1
                ) AS next
            )
            SELECT account_id AS "account_id!" FROM accounts
            "#,
        )
        .fetch_all(&self.pool)
        .await
    }

    /// The broadcasts of an account that something is to be sent of. Leaps as well.
    pub(crate) async fn broadcasts(&self, account_id: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            WITH RECURSIVE broadcasts AS (
                (SELECT broadcast_id FROM dispatch_chunks
                 WHERE state = 'ready' AND account_id = $1 ORDER BY broadcast_id LIMIT 1)
                UNION ALL
                SELECT next.broadcast_id
                FROM broadcasts
                CROSS JOIN LATERAL (
                    SELECT c.broadcast_id FROM dispatch_chunks c
                    WHERE c.state = 'ready' AND c.account_id = $1
                      AND c.broadcast_id > broadcasts.broadcast_id
                    ORDER BY c.broadcast_id LIMIT 1
                ) AS next
            )
            SELECT broadcast_id AS "broadcast_id!" FROM broadcasts
            "#,
            account_id,
        )
        .fetch_all(&self.pool)
        .await
    }

    /// The next chunks of these broadcasts that are due and not in hand, in the order of their index, so
    /// that broadcasts take turns.
    ///
    /// A broadcast of which so many chunks wait for their next attempt starts no other: when a channel
    /// fails, it is not tried with everyone.
    pub(crate) async fn ready(
        &self,
        account_id: Uuid,
        broadcast_ids: &[Uuid],
        in_hand: &[Uuid],
        windows_in_flight: u32,
        limit: i64,
    ) -> Result<Vec<Ready>, sqlx::Error> {
        sqlx::query_as!(
            Ready,
            r#"
            SELECT next.chunk_id, next.broadcast_id, next.account_id, next.team_id, next.chunk_index,
                   next.contact_ids, next.sealed_addresses, next.attempts,
                   contents.messages_json, contents.aggregation_unit, contents.personal_links
            FROM unnest($2::uuid[]) AS wanted (broadcast_id)
            JOIN dispatch_contents contents ON contents.broadcast_id = wanted.broadcast_id
            CROSS JOIN LATERAL (
                SELECT c.chunk_id, c.broadcast_id, c.account_id, c.team_id, c.chunk_index,
                       c.contact_ids, c.sealed_addresses, c.attempts
                FROM dispatch_chunks c
                WHERE c.state = 'ready' AND c.account_id = $1 AND c.broadcast_id = wanted.broadcast_id
                  AND (c.next_attempt_at IS NULL OR c.next_attempt_at <= clock_timestamp())
                  AND c.chunk_id <> ALL ($3::uuid[])
                ORDER BY c.chunk_index
                LIMIT greatest($4 - (
                    SELECT count(*) FROM dispatch_chunks w
                    WHERE w.state = 'ready' AND w.account_id = $1 AND w.broadcast_id = wanted.broadcast_id
                      AND w.next_attempt_at > clock_timestamp()
                ), 0)
            ) AS next
            ORDER BY next.chunk_index, next.broadcast_id
            LIMIT $5
            "#,
            account_id,
            broadcast_ids,
            in_hand,
            i64::from(windows_in_flight),
            limit,
        )
        .fetch_all(&self.pool)
        .await
    }

    /// Those of the chunk's contacts who were deleted and may not have been left out yet.
    pub(crate) async fn erased(&self, chunk_id: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
        let erased = sqlx::query_scalar!(
            "SELECT erased FROM dispatch_chunks WHERE chunk_id = $1",
            chunk_id,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(events::ids(&erased.unwrap_or_default()).collect())
    }

    /// Everyone in the chunk has an outcome: the addresses are erased.
    pub(crate) async fn settle(&self, chunk_id: Uuid) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE dispatch_chunks
             SET state = 'settled', sealed_addresses = NULL, next_attempt_at = NULL
             WHERE chunk_id = $1 AND state = 'ready'",
            chunk_id,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Leaves the chunk alone for a while.
    pub(crate) async fn postpone(
        &self,
        chunk_id: Uuid,
        attempts: u32,
        wait: Duration,
    ) -> Result<(), sqlx::Error> {
        let microseconds = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
        let wait = PgInterval {
            months: 0,
            days: 0,
            microseconds,
        };
        sqlx::query!(
            "UPDATE dispatch_chunks SET attempts = $2, next_attempt_at = clock_timestamp() + $3
             WHERE chunk_id = $1 AND state = 'ready'",
            chunk_id,
            i32::try_from(attempts).unwrap_or(i32::MAX),
            wait,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
