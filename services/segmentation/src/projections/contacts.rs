use std::collections::{BTreeMap, HashMap};

use contacts_domain::facts_of;
use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::{ContactsLogEvent, contact::Profile};
use prost::Message as _;
use sqlx::PgTransaction;
use tokio::task::yield_now;
use uuid::Uuid;
use vault::{Aad, ContactKeys, Opened, Vault};

use super::rows::{self, ContactRow};

/// Keeps what filters ask of contacts. One whose key is gone has neither address nor name.
#[derive(Debug)]
pub(crate) struct ContactsProjection {
    pub(crate) vault: Vault,
}

impl Handler for ContactsProjection {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        logged: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let events: Vec<(&LoggedEvent, ContactsLogEvent)> = logged
            .iter()
            .map(|logged| {
                Ok((
                    logged,
                    ContactsLogEvent::decode(&logged.event_type, &logged.payload)?,
                ))
            })
            .collect::<Result<_, HandlerError>>()?;
        let contacts = contacts_of(&events);
        if contacts.is_empty() {
            return Ok(());
        }
        let mut keys = HashMap::new();
        for (team_id, contact_ids) in &contacts {
            let of_team = self.vault.contact_keys(*team_id, contact_ids).await;
            keys.insert(*team_id, of_team.map_err(HandlerError::transient)?);
        }
        let ids: Vec<Uuid> = contacts.into_values().flatten().collect();
        let mut rows = rows::load(tx, &ids).await?;
        for (logged, event) in &events {
            if let Some(keys) = keys.get(&logged.team_id) {
                fold(&mut rows, keys, logged, event)?;
            }
            // Hundreds of profiles were opened: let others run.
            yield_now().await;
        }
        rows::save(tx, &rows).await?;
        Ok(())
    }
}

/// The contacts in a batch, each once, by their teams.
fn contacts_of(events: &[(&LoggedEvent, ContactsLogEvent)]) -> HashMap<Uuid, Vec<Uuid>> {
    let mut contacts: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for (logged, event) in events {
        let of_event: Vec<Uuid> = facts_of(event).iter().map(|fact| fact.contact_id).collect();
        if !of_event.is_empty() {
            contacts.entry(logged.team_id).or_default().extend(of_event);
        }
    }
    for of_team in contacts.values_mut() {
        of_team.sort_unstable();
        of_team.dedup();
    }
    contacts
}

fn fold(
    rows: &mut BTreeMap<Uuid, ContactRow>,
    keys: &ContactKeys,
    logged: &LoggedEvent,
    event: &ContactsLogEvent,
) -> Result<(), HandlerError> {
    for (fact, (sealed, imported)) in facts_of(event).iter().zip(profiles_of(event)) {
        let row = rows.entry(fact.contact_id).or_default();
        row.team_id = logged.team_id;
        row.account_id = fact.account_id;
        row.state.apply(&fact.fact);
        // A webhook only tells of a person who was not known; an import replaces what was known.
        if keys.is_erased(fact.contact_id) {
            row.profile = None;
        } else if imported || row.profile.is_none() {
            let aad = Aad {
                team_id: logged.team_id,
                subject_id: fact.contact_id,
                event_id: logged.event_id,
                event_type: &logged.event_type,
            };
            row.profile = match keys.open(&aad, sealed).map_err(HandlerError::permanent)? {
                Opened::Plain(plain) => {
                    Some(Profile::decode(plain.as_slice()).map_err(HandlerError::permanent)?)
                }
                Opened::Erased => None,
            };
        }
    }
    Ok(())
}

/// The sealed profile of each contact in an event, and whether it comes from an import.
fn profiles_of(event: &ContactsLogEvent) -> Vec<(&[u8], bool)> {
    match event {
        ContactsLogEvent::AccountConnected(_) => Vec::new(),
        ContactsLogEvent::Imported(imported) => {
            let contacts = imported.contacts.iter();
            contacts
                .map(|contact| (contact.sealed_profile.as_slice(), true))
                .collect()
        }
        ContactsLogEvent::Followed(event) => vec![(&event.sealed_profile, false)],
        ContactsLogEvent::Interacted(event) => vec![(&event.sealed_profile, false)],
        ContactsLogEvent::Blocked(event) => vec![(&event.sealed_profile, false)],
    }
}
