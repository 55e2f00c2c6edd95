use std::collections::BTreeMap;

use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::{ContactEvent, contact::ContactsErased};
use prost::Name as _;
use sqlx::{PgPool, PgTransaction};
use uuid::Uuid;
use vault::Vault;

use crate::erasure::forget;

/// Carries out each erasure of the log to its end, whoever began it and then died.
#[derive(Debug)]
pub(crate) struct Erasures {
    pub(crate) pool: PgPool,
    pub(crate) vault: Vault,
}

impl Handler for Erasures {
    async fn apply(
        &self,
        _tx: &mut PgTransaction<'_>,
        logged: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let mut teams: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        let event_type = ContactsErased::full_name();
        // The others, imports among them, are not even decoded.
        for logged in logged {
            if logged.event_type != event_type {
                continue;
            }
            let event = ContactEvent::decode(&logged.event_type, &logged.payload)?;
            if let ContactEvent::Erased(erased) = event {
                let contacts = teams.entry(logged.team_id).or_default();
                contacts.extend(events::ids(&erased.contact_ids));
            }
        }
        for (team_id, contact_ids) in teams {
            let forgotten = forget(&self.pool, &self.vault, team_id, &contact_ids).await;
            forgotten.map_err(HandlerError::transient)?;
        }
        Ok(())
    }
}
