use std::collections::{BTreeMap, HashMap};

use contacts_domain::facts_of;
use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::{ContactsLogEvent, contact::Profile};
use sqlx::PgTransaction;
use tokio::task::yield_now;
use uuid::Uuid;
use vault::{ContactKeys, Vault};

use super::{
    accounts,
    profiles::{ProfileOf, profiles_of},
    rows::{self, ContactRow},
};
use crate::sealing::open_profile;

/// Keeps the accounts and contacts that teams see. A contact whose key is gone has no profile.
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
        let mut events = Vec::with_capacity(logged.len());
        for logged in logged {
            let event = ContactsLogEvent::decode(&logged.event_type, &logged.payload)?;
            if let ContactsLogEvent::AccountConnected(account) = &event {
                accounts::insert(tx, logged.team_id, account).await?;
            }
            events.push((logged, event));
        }

        let contacts = contacts_of(&events);
        if contacts.is_empty() {
            return Ok(());
        }
        let mut keys = HashMap::new();
        for (team_id, contact_ids) in &contacts {
            let of_team = self.vault.contact_keys(*team_id, contact_ids).await;
            keys.insert(*team_id, of_team.map_err(HandlerError::transient)?);
        }
        let mut rows =
            rows::load(tx, &contacts.into_values().flatten().collect::<Vec<_>>()).await?;
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
        let of_team = contacts.entry(logged.team_id).or_default();
        of_team.extend(facts_of(event).iter().map(|fact| fact.contact_id));
    }
    for of_team in contacts.values_mut() {
        of_team.sort_unstable();
        of_team.dedup();
    }
    contacts.retain(|_, of_team| !of_team.is_empty());
    contacts
}

fn fold(
    rows: &mut BTreeMap<Uuid, ContactRow>,
    keys: &ContactKeys,
    logged: &LoggedEvent,
    event: &ContactsLogEvent,
) -> Result<(), HandlerError> {
    for (fact, profile) in facts_of(event).iter().zip(profiles_of(event)) {
        let row = rows.entry(fact.contact_id).or_default();
        row.team_id = logged.team_id;
        row.account_id = fact.account_id;
        row.state.apply(&fact.fact);
        let told = open_profile(keys, fact.contact_id, logged, profile.sealed)
            .map_err(|error| HandlerError::Permanent(error.into()))?;
        row.profile = told.map(|told| merged(row.profile.take(), told, profile));
        if let Some(digest) = profile.row_digest {
            row.row_digest = Some(digest.to_vec());
        }
    }
    Ok(())
}

/// An imported row replaces what was known; a webhook only tells of a person who was not known.
fn merged(known: Option<Profile>, told: Profile, source: ProfileOf<'_>) -> Profile {
    match known {
        Some(known) if source.row_digest.is_none() => known,
        Some(_) | None => told,
    }
}
