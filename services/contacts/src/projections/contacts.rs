use std::collections::BTreeMap;

use contacts_domain::{FactOfContact, facts_of};
use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::{ContactEvent, ContactsLogEvent};
use sqlx::PgTransaction;
use tokio::task::yield_now;
use uuid::Uuid;

use crate::jobs;

use super::{
    accounts,
    conversations::Conversations,
    histories,
    profiles::profile_of,
    row::ContactRow,
    rows,
    tags::{self, LegacyNames},
};

/// Keeps the accounts, tags and contacts that teams see. It opens nothing: what is sealed stays so.
#[derive(Debug)]
pub(crate) struct ContactsProjection;

impl Handler for ContactsProjection {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        logged: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let mut told = Vec::with_capacity(logged.len());
        let mut names = LegacyNames::default();
        for logged in logged {
            match ContactsLogEvent::decode(&logged.event_type, &logged.payload)? {
                ContactsLogEvent::Account(event) => {
                    accounts::apply(tx, logged.team_id, &event).await?;
                }
                ContactsLogEvent::Tag(event) => tags::apply(tx, logged.team_id, &event).await?,
                ContactsLogEvent::Contact(event) => {
                    if let ContactEvent::Imported(imported) = &event {
                        names.add(logged.team_id, imported);
                    }
                    let facts = facts_of(logged.team_id, &event);
                    told.push(Told {
                        logged,
                        event,
                        facts,
                    });
                }
                ContactsLogEvent::Job(event) => jobs::apply(tx, logged, &event).await?,
            }
        }
        names.save(tx).await?;
        apply(tx, &told).await
    }
}

/// An event about contacts, taken apart.
struct Told<'a> {
    logged: &'a LoggedEvent,
    event: ContactEvent,
    facts: Vec<FactOfContact>,
}

async fn apply(tx: &mut PgTransaction<'_>, told: &[Told<'_>]) -> Result<(), HandlerError> {
    let ids = told
        .iter()
        .flat_map(|told| told.facts.iter().map(|fact| fact.contact_id));
    let mut ids: Vec<Uuid> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(());
    }
    let mut rows = rows::load(tx, &ids).await?;
    let mut conversations = Conversations::default();
    for told in told {
        fold(&mut rows, told);
        conversations.add(told.logged, &told.event);
        // Thousands of contacts may be in one event: let others run.
        yield_now().await;
    }
    rows::save(tx, &rows).await?;
    histories::save(tx, &rows).await?;
    conversations.save(tx, &rows).await?;
    Ok(())
}

fn fold(rows: &mut BTreeMap<Uuid, ContactRow>, told: &Told<'_>) {
    for (index, fact) in told.facts.iter().enumerate() {
        let row = rows.entry(fact.contact_id).or_default();
        row.team_id = told.logged.team_id;
        row.account_id = fact.account_id;
        let profile = profile_of(&told.event, index);
        row.apply(told.logged, fact.contact_id, &fact.fact, profile);
    }
}
