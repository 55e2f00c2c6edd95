use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::commands::KnownContact;

/// Something that a contact wrote or was sent.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) at: DateTime<Utc>,
    /// Of the event, or of the broadcast.
    pub(crate) id: Uuid,
    pub(crate) what: Saying,
}

#[derive(Debug)]
pub(crate) enum Saying {
    Message {
        /// A `fanfare.contacts.v1.MessageSource`.
        source: i16,
        sealed_content: Vec<u8>,
    },
    Broadcast {
        text: String,
    },
}

/// Where a page goes on: what comes before this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SaidBefore {
    pub(crate) at: DateTime<Utc>,
    pub(crate) id: Uuid,
}

impl SaidBefore {
    /// The first page.
    pub(crate) const END: Self = Self {
        at: DateTime::<Utc>::MAX_UTC,
        id: Uuid::max(),
    };
}

/// A contact's conversation before `before`, the latest first, at most `limit`.
pub(crate) async fn said(
    pool: &PgPool,
    team_id: Uuid,
    contact: KnownContact,
    before: SaidBefore,
    limit: usize,
) -> sqlx::Result<Vec<Said>> {
    let mut said = messages(pool, contact.contact_id, before, limit).await?;
    said.extend(broadcasts(pool, team_id, contact, before, limit).await?);
    said.sort_unstable_by_key(|said| std::cmp::Reverse((said.at, said.id)));
    said.truncate(limit);
    Ok(said)
}

async fn messages(
    pool: &PgPool,
    contact_id: Uuid,
    before: SaidBefore,
    limit: usize,
) -> sqlx::Result<Vec<Said>> {
    let rows = sqlx::query!(
        "SELECT at, event_id, source, sealed_content FROM conversation_messages
         WHERE contact_id = $1 AND (at, event_id) < ($2, $3)
         ORDER BY at DESC, event_id DESC LIMIT $4",
        contact_id,
        storable(before.at),
        before.id,
        rows_max(limit),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Said {
            at: row.at,
            id: row.event_id,
            what: Saying::Message {
                source: row.source,
                sealed_content: row.sealed_content,
            },
        })
        .collect())
}

/// One look-up for each of the account's broadcasts, and rows of those alone that had the contact.
async fn broadcasts(
    pool: &PgPool,
    team_id: Uuid,
    contact: KnownContact,
    mut before: SaidBefore,
    limit: usize,
) -> sqlx::Result<Vec<Said>> {
    let mut said = Vec::new();
    loop {
        let rows = sqlx::query!(
            r#"
            SELECT broadcast_id, text, contact_ids, sent, sent_at AS "sent_at!"
            FROM conversation_broadcasts AS broadcasts
            CROSS JOIN LATERAL (
                SELECT last_contact_id, contact_ids, sent, sent_at
                FROM conversation_chunks
                WHERE conversation_chunks.broadcast_id = broadcasts.broadcast_id AND first_contact_id <= $3
                ORDER BY first_contact_id DESC
                LIMIT 1
            ) AS chunk
            WHERE team_id = $1 AND account_id = $2 AND last_contact_id >= $3
              AND (sent_at, broadcast_id) < ($4, $5)
            ORDER BY sent_at DESC, broadcast_id DESC
            LIMIT $6
            "#,
            team_id,
            contact.account_id,
            contact.contact_id,
            storable(before.at),
            before.id,
            rows_max(limit),
        )
        .fetch_all(pool)
        .await?;
        let is_last = rows.len() < limit;
        for row in rows {
            before = SaidBefore {
                at: row.sent_at,
                id: row.broadcast_id,
            };
            if was_sent(&row.contact_ids, &row.sent, contact.contact_id) {
                said.push(Said {
                    at: row.sent_at,
                    id: row.broadcast_id,
                    what: Saying::Broadcast { text: row.text },
                });
            }
        }
        if is_last || said.len() >= limit {
            return Ok(said);
        }
    }
}

/// Whether the contact is among these, with its bit set. They are in order.
fn was_sent(contact_ids: &[u8], sent: &[u8], contact_id: Uuid) -> bool {
    let (members, _) = contact_ids.as_chunks::<16>();
    let Ok(place) = members.binary_search(contact_id.as_bytes()) else {
        return false;
    };
    let byte = sent.get(place / 8).copied().unwrap_or_default();
    byte & (1 << (place % 8)) != 0
}

/// Postgres has no such late times.
fn storable(at: DateTime<Utc>) -> DateTime<Utc> {
    const LATEST_SECONDS: i64 = 253_402_300_799;
    at.min(DateTime::from_timestamp(LATEST_SECONDS, 0).unwrap_or(at))
}

fn rows_max(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_was_sent_to_is_found() {
        let ids: Vec<Uuid> = (1..=20).map(|n| Uuid::from_u128(n * 2)).collect();
        let bytes = events::join_ids(ids.iter().copied());
        let sent = [0b0000_0001, 0b0000_0010, 0];
        let found: Vec<Uuid> = (0..50)
            .map(Uuid::from_u128)
            .filter(|id| was_sent(&bytes, &sent, *id))
            .collect();
        assert_eq!(found, [ids[0], ids[9]]);
    }
}
