use std::ops::Range;

use event_sourcing::EventCodec as _;
use events::{
    ContactEvent,
    contact::{ContactsImported, Profile},
};
use futures_util::TryStreamExt as _;
use prost::Name as _;
use sqlx::PgPool;
use uuid::Uuid;
use vault::Vault;

use crate::sealing::{Place, open_profile};

/// What the last import said of a contact that is between two positions of its partition.
pub(super) async fn imported_within(
    (pool, vault): (&PgPool, &Vault),
    team_id: Uuid,
    contact_id: Uuid,
    partition: i16,
    positions: Range<i64>,
) -> anyhow::Result<Option<Profile>> {
    let event_type = ContactsImported::full_name();
    // One at a time, since each may be about thousands.
    let mut rows = sqlx::query!(
        "SELECT event_id, payload FROM log_events
         WHERE partition = $1 AND position >= $2 AND position < $3 AND team_id = $4 AND event_type = $5
         ORDER BY position DESC",
        partition,
        positions.start,
        positions.end,
        team_id,
        event_type,
    )
    .fetch(pool);
    while let Some(row) = rows.try_next().await? {
        let Some(sealed) = sealed_profile(&event_type, &row.payload, contact_id)? else {
            continue;
        };
        let keys = vault.contact_keys(team_id, &[contact_id]).await?;
        let place = Place {
            team: team_id,
            contact: contact_id,
            event: row.event_id,
        };
        return open_profile(&keys, place, &event_type, &sealed);
    }
    Ok(None)
}

fn sealed_profile(
    event_type: &str,
    payload: &[u8],
    contact_id: Uuid,
) -> anyhow::Result<Option<Vec<u8>>> {
    let ContactEvent::Imported(imported) = ContactEvent::decode(event_type, payload)? else {
        return Ok(None);
    };
    let mut contacts = imported.contacts.into_iter();
    let contact = contacts.rfind(|contact| events::id(&contact.contact_id) == contact_id);
    Ok(contact.map(|contact| contact.sealed_profile))
}
