use contacts_domain::{FactOfContact, facts_of};
use event_bus::{Handler, HandlerError};
use event_sourcing::EventCodec as _;
use event_store::LoggedEvent;
use events::{AccountEvent, ContactEvent, ContactsLogEvent, TagEvent};
use sqlx::{PgPool, PgTransaction};
use tokio::task::yield_now;
use uuid::Uuid;

use super::{
    changes, insert, ordinals,
    profile::told,
    row::Row,
    rows::{self, Rows},
    update, words,
};

/// Keeps what filters ask of contacts. It opens nothing: profiles stay as sealed as they came.
#[derive(Debug)]
pub(crate) struct ContactsProjection {
    /// For what must not wait for a batch's end.
    pub(crate) pool: PgPool,
}

/// What a batch says, each with the event that says it.
#[derive(Default)]
struct Batch<'e> {
    contacts: Vec<(&'e LoggedEvent, ContactEvent)>,
    accounts: Vec<(Uuid, AccountEvent)>,
    tags: Vec<(Uuid, TagEvent)>,
}

impl Handler for ContactsProjection {
    async fn apply(
        &self,
        tx: &mut PgTransaction<'_>,
        logged: &[LoggedEvent],
    ) -> Result<(), HandlerError> {
        let Some(last) = logged.last() else {
            return Ok(());
        };
        let batch = decode(logged)?;
        let mut changed = changes::Changes::default();
        words::save_accounts(tx, &batch.accounts, &mut changed).await?;
        words::save_tags(tx, &batch.tags, &mut changed).await?;
        words::save_names_of_old(tx, &batch.contacts, &mut changed).await?;
        if !batch.contacts.is_empty() {
            let facts = facts(&batch.contacts).await;
            let rows = fold(tx, &batch.contacts, &facts).await?;
            let new = ordinals::give(&self.pool, &rows).await?;
            insert::save_new(tx, &rows, &new).await?;
            update::save_changed(tx, &rows).await?;
            changed.add_rows(&rows, &new);
        }
        changed.save(tx, last.at).await?;
        Ok(())
    }
}

fn decode(logged: &[LoggedEvent]) -> Result<Batch<'_>, HandlerError> {
    let mut batch = Batch::default();
    for logged in logged {
        match ContactsLogEvent::decode(&logged.event_type, &logged.payload)? {
            ContactsLogEvent::Contact(event) => batch.contacts.push((logged, event)),
            ContactsLogEvent::Account(event) => batch.accounts.push((logged.team_id, event)),
            ContactsLogEvent::Tag(event) => batch.tags.push((logged.team_id, event)),
            ContactsLogEvent::Job(_) => {}
        }
    }
    Ok(batch)
}

async fn facts(events: &[(&LoggedEvent, ContactEvent)]) -> Vec<Vec<FactOfContact>> {
    let mut facts = Vec::with_capacity(events.len());
    for (logged, event) in events {
        facts.push(facts_of(logged.team_id, event));
        // An event may be about thousands: let others run.
        yield_now().await;
    }
    facts
}

async fn fold<'e>(
    tx: &mut PgTransaction<'_>,
    events: &'e [(&'e LoggedEvent, ContactEvent)],
    facts: &[Vec<FactOfContact>],
) -> sqlx::Result<Rows<'e>> {
    let mut contact_ids: Vec<Uuid> = facts.iter().flatten().map(|fact| fact.contact_id).collect();
    contact_ids.sort_unstable();
    contact_ids.dedup();
    let mut rows = rows::load(tx, &contact_ids).await?;
    for ((logged, event), facts) in events.iter().zip(facts) {
        for (place, fact) in facts.iter().enumerate() {
            let row = rows
                .entry(fact.contact_id)
                .or_insert_with(|| Row::new(logged.team_id, fact.account_id));
            row.apply(logged, &fact.fact, told(event, place));
        }
        yield_now().await;
    }
    Ok(rows)
}
