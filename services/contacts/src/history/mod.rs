//! What happened to a contact, in words.
//!
//! Events about the contact alone are found by their stream. Those that name it among others are in the
//! same partition, and the read model knows where: a row that is imported or tagged notes the position
//! in its own row, which is written then anyway.

mod events_of;
mod places;
mod words;

use std::collections::BTreeMap;

use anyhow::Context as _;
use event_store::{EventStore, LogPosition};
use events::ContactEvent;
use proto::contacts::v1::HistoryEntry;
use uuid::Uuid;

pub(crate) use self::places::Contact;
use self::{
    events_of::{Logged, bulk_events, own_events},
    words::{Words, actor},
};
use crate::queries::tag_names;

/// Where a page ends, and the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Before {
    /// In the log.
    pub(crate) position: i64,
    /// In the contact's own stream.
    pub(crate) version: i64,
}

impl Default for Before {
    /// The latest page.
    fn default() -> Self {
        Self {
            position: i64::MAX,
            version: i64::MAX,
        }
    }
}

#[derive(Debug)]
pub(crate) struct HistoryPage {
    /// The latest first.
    pub(crate) entries: Vec<HistoryEntry>,
    pub(crate) next: Option<Before>,
}

/// What happened to the contact before `before`. Of one that was erased, that it was.
pub(crate) async fn page(
    store: &EventStore,
    contact: &Contact,
    before: Before,
    page_size: u32,
) -> anyhow::Result<HistoryPage> {
    let limit = usize::try_from(page_size).unwrap_or(usize::MAX);
    let wanted = i64::from(page_size) + 1;
    let partition = store.partition_of(contact.contact_id);
    let own = if contact.is_erased {
        Vec::new()
    } else {
        own_events(store.pool(), partition, contact, before.version, wanted).await?
    };
    let bulk = contact
        .places(store.pool(), before.position, wanted)
        .await?;

    // The latest of both, and of the many only those.
    let mut places: BTreeMap<i64, Option<Logged>> =
        bulk.into_iter().map(|place| (place, None)).collect();
    places.extend(
        own.into_iter()
            .map(|logged| (logged.position, Some(logged))),
    );
    let has_more = places.len() > limit;
    let shown: Vec<(i64, Option<Logged>)> = places.into_iter().rev().take(limit).collect();
    let next = shown.last().filter(|_| has_more).map(|(position, _)| {
        let versions = shown
            .iter()
            .filter_map(|(_, own)| Some(own.as_ref()?.version));
        Before {
            position: *position,
            version: versions.min().unwrap_or(before.version),
        }
    });
    let bulk: Vec<i64> = shown
        .iter()
        .filter(|(_, own)| own.is_none())
        .map(|(position, _)| *position)
        .collect();
    let mut logged = bulk_events(store.pool(), partition, contact, &bulk).await?;
    logged.extend(shown.into_iter().filter_map(|(_, own)| own));
    logged.sort_unstable_by_key(|logged| std::cmp::Reverse(logged.position));
    Ok(HistoryPage {
        entries: entries(store, contact, logged, partition).await?,
        next,
    })
}

async fn entries(
    store: &EventStore,
    contact: &Contact,
    logged: Vec<Logged>,
    partition: i16,
) -> anyhow::Result<Vec<HistoryEntry>> {
    let mut tag_ids: Vec<Uuid> = logged
        .iter()
        .flat_map(|logged| words::tag_ids(contact.team_id, &logged.event))
        .collect();
    tag_ids.sort_unstable();
    tag_ids.dedup();
    let words = Words {
        team_id: contact.team_id,
        tags: tag_names(store.pool(), contact.team_id, &tag_ids).await?,
    };
    logged
        .into_iter()
        .map(|logged| entry(&words, &logged).with_context(|| at(partition, logged.position)))
        .collect()
}

fn entry(words: &Words, logged: &Logged) -> anyhow::Result<HistoryEntry> {
    Ok(HistoryEntry {
        event_type: logged.event_type.clone(),
        occurred_at: words::occurred_at(&logged.event),
        recorded_at: Some(events::to_timestamp(logged.recorded_at)),
        actor: actor(&logged.event, &logged.metadata)?,
        description: words.describe(&logged.event),
    })
}

fn at(partition: i16, position: i64) -> String {
    let at = LogPosition {
        partition,
        position,
    };
    format!("cannot explain the event at {at}")
}

/// Leaves out of an event who else it is about.
fn of_contact(event: ContactEvent, contact_id: Uuid) -> ContactEvent {
    match event {
        ContactEvent::Imported(mut imported) => {
            imported
                .contacts
                .retain(|contact| events::id(&contact.contact_id) == contact_id);
            ContactEvent::Imported(imported)
        }
        ContactEvent::Followed(_)
        | ContactEvent::Interacted(_)
        | ContactEvent::Blocked(_)
        | ContactEvent::ProfileChanged(_)
        | ContactEvent::MessageSent(_)
        | ContactEvent::SiteBound(_)
        | ContactEvent::SiteUnbound(_)
        | ContactEvent::ConsentChanged(_)
        | ContactEvent::ConsentsChanged(_)
        | ContactEvent::Tagged(_)
        | ContactEvent::Erased(_) => event,
    }
}
