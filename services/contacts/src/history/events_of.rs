use chrono::{DateTime, Utc};
use event_sourcing::EventCodec as _;
use events::ContactEvent;
use futures_util::TryStreamExt as _;
use sqlx::PgPool;

use super::{Contact, of_contact};

/// An event about a contact, as it is in the log.
#[derive(Debug)]
pub(super) struct Logged {
    pub(super) position: i64,
    pub(super) version: i64,
    pub(super) event_type: String,
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) event: ContactEvent,
    pub(super) metadata: Vec<u8>,
}

struct Row {
    position: i64,
    version: i64,
    event_type: String,
    recorded_at: DateTime<Utc>,
    payload: Vec<u8>,
    metadata: Vec<u8>,
}

/// The last events of the contact's own stream.
pub(super) async fn own_events(
    pool: &PgPool,
    partition: i16,
    contact: &Contact,
    before_version: i64,
    limit: i64,
) -> anyhow::Result<Vec<Logged>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT position, version, event_type, recorded_at, payload, metadata
         FROM log_events
         WHERE partition = $1 AND stream_id = $2 AND version < $3 AND team_id = $4
         ORDER BY version DESC LIMIT $5",
        partition,
        contact.contact_id,
        before_version,
        contact.team_id,
        limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(|row| row.decode(contact)).collect()
}

/// The events at these positions. One at a time, since each may be about thousands.
pub(super) async fn bulk_events(
    pool: &PgPool,
    partition: i16,
    contact: &Contact,
    positions: &[i64],
) -> anyhow::Result<Vec<Logged>> {
    let mut rows = sqlx::query_as!(
        Row,
        "SELECT position, version, event_type, recorded_at, payload, metadata
         FROM log_events WHERE partition = $1 AND position = ANY($2) AND team_id = $3",
        partition,
        positions,
        contact.team_id,
    )
    .fetch(pool);
    let mut events = Vec::with_capacity(positions.len());
    while let Some(row) = rows.try_next().await? {
        events.push(row.decode(contact)?);
    }
    Ok(events)
}

impl Row {
    fn decode(self, contact: &Contact) -> anyhow::Result<Logged> {
        let event = ContactEvent::decode(&self.event_type, &self.payload)?;
        Ok(Logged {
            position: self.position,
            version: self.version,
            event_type: self.event_type,
            recorded_at: self.recorded_at,
            event: of_contact(event, contact.contact_id),
            metadata: self.metadata,
        })
    }
}
