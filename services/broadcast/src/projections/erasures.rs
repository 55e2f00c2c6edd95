use std::collections::BTreeMap;

use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::{ContactEvent, contact::ContactsErased};
use prost::Name as _;
use sqlx::PgTransaction;
use uuid::Uuid;

use crate::dispatch;

/// Notes who was deleted, so that nothing is sent to them and their addresses are forgotten.
#[derive(Debug)]
pub(super) struct Erasures;

impl Handler for Erasures {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        logged: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let mut teams: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        let event_type = ContactsErased::full_name();
        for logged in logged {
            // The others, imports among them, are not even decoded.
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
            dispatch::mark_erased(tx, team_id, &contact_ids).await?;
        }
        Ok(())
    }
}
