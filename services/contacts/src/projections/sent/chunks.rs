use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::{
    broadcasts::{ChunkStored, OutcomeKind, RecipientRange, WindowSettled},
    from_timestamp,
};
use sqlx::PgTransaction;
use uuid::Uuid;

/// What a batch of events changes in chunks. All events of a chunk are in one partition, in order.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    stored: BTreeMap<Uuid, ChunkStored>,
    settled: BTreeMap<Uuid, Vec<WindowSettled>>,
}

/// Whom of a chunk the channel took the message for.
#[derive(Debug, Default)]
struct Sent {
    bits: Vec<u8>,
    at: Option<DateTime<Utc>>,
}

impl Chunks {
    pub(super) fn stored(&mut self, event: ChunkStored) {
        self.stored.insert(events::id(&event.chunk_id), event);
    }

    pub(super) fn settled(&mut self, event: WindowSettled) {
        let of_chunk = self.settled.entry(events::id(&event.chunk_id)).or_default();
        of_chunk.push(event);
    }

    pub(super) async fn save(self, tx: &mut PgTransaction<'_>) -> sqlx::Result<()> {
        insert(tx, self.stored).await?;
        if self.settled.is_empty() {
            return Ok(());
        }
        let chunk_ids: Vec<Uuid> = self.settled.keys().copied().collect();
        let mut chunks = load(tx, &chunk_ids).await?;
        for (chunk_id, sent) in &mut chunks {
            for settled in self.settled.get(chunk_id).into_iter().flatten() {
                sent.settle(settled);
            }
        }
        update(tx, chunks).await
    }
}

impl Sent {
    fn settle(&mut self, settled: &WindowSettled) {
        for outcome in &settled.outcomes {
            match outcome.kind() {
                OutcomeKind::Accepted => {}
                // Who may not have got it is not shown it as sent.
                OutcomeKind::Unspecified
                | OutcomeKind::Failed
                | OutcomeKind::Unknown
                | OutcomeKind::NotSent => continue,
            }
            for range in &outcome.recipients {
                self.set(*range);
            }
            let at = from_timestamp(settled.settled_at.as_ref());
            self.at = self.at.or(at);
        }
    }

    /// Places that the chunk does not have are nobody's.
    fn set(&mut self, range: RecipientRange) {
        let end = u64::from(range.first) + u64::from(range.count);
        for (byte, places) in self.bits.iter_mut().zip((0_u64..).step_by(8)) {
            for place in
                (places..places + 8).filter(|place| (u64::from(range.first)..end).contains(place))
            {
                *byte |= 1 << (place - places);
            }
        }
    }
}

async fn insert(
    tx: &mut PgTransaction<'_>,
    stored: BTreeMap<Uuid, ChunkStored>,
) -> sqlx::Result<()> {
    let mut columns = Columns::default();
    for (chunk_id, chunk) in stored {
        let members = || events::ids(&chunk.contact_ids);
        let (Some(first), Some(last)) = (members().next(), members().last()) else {
            continue;
        };
        columns.chunks.push(chunk_id);
        columns.broadcasts.push(events::id(&chunk.broadcast_id));
        columns.firsts.push(first);
        columns.lasts.push(last);
        columns
            .sent
            .push(vec![0; (chunk.contact_ids.len() / 16).div_ceil(8)]);
        columns.members.push(chunk.contact_ids);
    }
    if columns.chunks.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO conversation_chunks
             (chunk_id, broadcast_id, first_contact_id, last_contact_id, contact_ids, sent)
         SELECT chunk_id, broadcast_id, first_contact_id, last_contact_id, contact_ids, sent
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::bytea[])
              AS stored (chunk_id, broadcast_id, first_contact_id, last_contact_id, contact_ids, sent)
         ON CONFLICT DO NOTHING",
        &columns.chunks,
        &columns.broadcasts,
        &columns.firsts,
        &columns.lasts,
        &columns.members,
        &columns.sent,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[derive(Default)]
struct Columns {
    chunks: Vec<Uuid>,
    broadcasts: Vec<Uuid>,
    firsts: Vec<Uuid>,
    lasts: Vec<Uuid>,
    members: Vec<Vec<u8>>,
    sent: Vec<Vec<u8>>,
}

async fn load(
    tx: &mut PgTransaction<'_>,
    chunk_ids: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, Sent>> {
    let rows = sqlx::query!(
        "SELECT chunk_id, sent, sent_at FROM conversation_chunks WHERE chunk_id = ANY($1)",
        chunk_ids,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let sent = Sent {
                bits: row.sent,
                at: row.sent_at,
            };
            (row.chunk_id, sent)
        })
        .collect())
}

async fn update(tx: &mut PgTransaction<'_>, chunks: BTreeMap<Uuid, Sent>) -> sqlx::Result<()> {
    let chunk_ids: Vec<Uuid> = chunks.keys().copied().collect();
    let times: Vec<Option<DateTime<Utc>>> = chunks.values().map(|sent| sent.at).collect();
    let bits: Vec<Vec<u8>> = chunks.into_values().map(|sent| sent.bits).collect();
    sqlx::query!(
        "UPDATE conversation_chunks chunks SET sent = settled.sent, sent_at = settled.sent_at
         FROM unnest($1::uuid[], $2::bytea[], $3::timestamptz[]) AS settled (chunk_id, sent, sent_at)
         WHERE chunks.chunk_id = settled.chunk_id",
        &chunk_ids,
        &bits,
        &times as &[Option<DateTime<Utc>>],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_a_bit() {
        let mut sent = Sent {
            bits: vec![0; 2],
            at: None,
        };
        sent.set(RecipientRange { first: 1, count: 2 });
        sent.set(RecipientRange { first: 7, count: 2 });
        assert_eq!(sent.bits, [0b1000_0110, 0b0000_0001]);
        sent.set(RecipientRange {
            first: 15,
            count: u32::MAX,
        });
        assert_eq!(sent.bits, [0b1000_0110, 0b1000_0001]);
    }
}
