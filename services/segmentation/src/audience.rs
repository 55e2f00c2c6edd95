use std::{collections::HashMap, sync::Arc};

use events::{contact::Profile, segment::SubscriptionStatus};
use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use proto::segmentation::v1::ResolveAudienceResponse;
use roaring::RoaringBitmap;
use tonic::Status;
use uuid::Uuid;

use crate::{
    contacts::{Contacts, Selection},
    index::{EntryStatus, Team, TeamIndex},
    profiles::{self, ProfileError},
};

/// People in a page, which is then about 400 KB.
const PAGE_PEOPLE: usize = 5_000;
/// While one is sent, others are read and opened.
const PAGES_AT_ONCE: usize = 3;

type Pages = BoxStream<'static, Result<ResolveAudienceResponse, Status>>;

#[derive(Debug, Clone, Copy)]
struct Person {
    contact_id: Uuid,
    status: EntryStatus,
    last_interaction_seconds: i64,
}

/// Streams everyone who matches and has an address, as of one moment, in the order of their ids.
///
/// Who they are and how they stand is taken down at once: somebody who is tagged meanwhile is in all
/// of it or in none. Addresses are opened page by page as the receiver takes them; an address never
/// changes, and whoever has none any more is left out.
pub(crate) async fn resolve(
    contacts: &Contacts,
    team: &Arc<Team>,
    selection: &Selection,
    ids_only: bool,
) -> Result<Pages, Status> {
    let people = contacts
        .select(team, selection, |index, matching| people(index, &matching))
        .await?;
    let pages: Vec<Vec<Person>> = people.chunks(PAGE_PEOPLE).map(<[Person]>::to_vec).collect();
    if ids_only {
        let pages = stream::iter(pages).map(|people| Ok(page(&people, None)));
        return Ok(pages.boxed());
    }
    let (contacts, team_id) = (contacts.clone(), selection.team_id);
    let pages = stream::iter(pages)
        .map(move |people| {
            let contacts = contacts.clone();
            async move {
                let addresses = addresses(&contacts, team_id, &people).await;
                let addresses = addresses.map_err(|error| bootstrap::internal(&error))?;
                Ok(page(&people, Some(addresses)))
            }
        })
        .buffered(PAGES_AT_ONCE);
    Ok(pages.boxed())
}

fn people(index: &TeamIndex, matching: &RoaringBitmap) -> Vec<Person> {
    let people = matching.iter().filter_map(|ordinal| {
        Some(Person {
            contact_id: index.contact_id(ordinal)?,
            status: index.status(ordinal),
            last_interaction_seconds: index.last_interaction_seconds(ordinal),
        })
    });
    let mut people: Vec<Person> = people.collect();
    people.sort_unstable_by_key(|person| person.contact_id);
    people
}

async fn addresses(
    contacts: &Contacts,
    team_id: Uuid,
    people: &[Person],
) -> Result<HashMap<Uuid, String>, ProfileError> {
    let contact_ids: Vec<Uuid> = people.iter().map(|person| person.contact_id).collect();
    let sealed = profiles::of_contacts(&contacts.pool, team_id, &contact_ids).await?;
    let opened = profiles::open(&contacts.vault, team_id, sealed).await?;
    let known = opened.into_iter().filter_map(|(sealed, profile)| {
        let Profile { external_id, .. } = profile?;
        (!external_id.is_empty()).then_some((sealed.contact_id, external_id))
    });
    Ok(known.collect())
}

/// The people in columns; with addresses, without those who have none.
fn page(people: &[Person], addresses: Option<HashMap<Uuid, String>>) -> ResolveAudienceResponse {
    let mut page = ResolveAudienceResponse::default();
    let mut addresses = addresses;
    page.contact_ids.reserve(people.len() * 16);
    for person in people {
        if let Some(addresses) = &mut addresses {
            let Some(address) = addresses.remove(&person.contact_id) else {
                continue;
            };
            page.addresses.push(address);
        }
        page.contact_ids
            .extend_from_slice(person.contact_id.as_bytes());
        page.statuses.push(status(person.status).into());
        page.last_interaction_seconds
            .push(person.last_interaction_seconds);
    }
    page
}

fn status(status: EntryStatus) -> SubscriptionStatus {
    match status {
        EntryStatus::Subscribed => SubscriptionStatus::Subscribed,
        EntryStatus::Unsubscribed => SubscriptionStatus::Unsubscribed,
        EntryStatus::Blocked => SubscriptionStatus::Blocked,
        EntryStatus::Erased => SubscriptionStatus::Unspecified,
    }
}
