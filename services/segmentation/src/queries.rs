use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use proto::segmentation::v1::{
    ChannelTotals, CountContactsResponse, GetTotalsResponse, TagCount, Totals,
};
use roaring::RoaringBitmap;
use tonic::Status;
use uuid::Uuid;

use crate::{
    contacts::{Contacts, Selection},
    index::{Team, TeamIndex},
};

/// Which of those who match a page has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start {
    /// Leaving out so many.
    Skip(u32),
    /// After the one with this ordinal.
    After(u32),
}

#[derive(Debug)]
pub(crate) struct Page {
    /// In order, and one more than the page has if others follow.
    pub(crate) ordinals: Vec<u32>,
    /// In all pages.
    pub(crate) total: u64,
    /// Of those, how many can be written to.
    pub(crate) effective: u64,
}

pub(crate) async fn count(
    contacts: &Contacts,
    team: &Arc<Team>,
    selection: &Selection,
) -> Result<CountContactsResponse, Status> {
    contacts
        .select(team, selection, |index, matching| CountContactsResponse {
            matching: number(matching.len()),
            subscribed: number(matching.intersection_len(index.subscribed())),
        })
        .await
}

pub(crate) async fn page(
    contacts: &Contacts,
    team: &Arc<Team>,
    selection: &Selection,
    start: Start,
    size: usize,
) -> Result<Page, Status> {
    let default_view = !selection.filter.mentions_status();
    contacts
        .select(team, selection, move |index, matching| {
            let matching = shown(index, matching, default_view);
            Page {
                ordinals: ordinals(&matching, start, size + 1),
                total: matching.len(),
                effective: matching.intersection_len(&index.effective()),
            }
        })
        .await
}

/// Whom a list shows. A filter that says nothing of the status means the subscribed.
pub(crate) fn shown(
    index: &TeamIndex,
    matching: RoaringBitmap,
    default_view: bool,
) -> RoaringBitmap {
    if default_view {
        matching & index.subscribed()
    } else {
        matching
    }
}

fn ordinals(matching: &RoaringBitmap, start: Start, count: usize) -> Vec<u32> {
    let from = match start {
        Start::Skip(skip) => match matching.select(skip) {
            Some(first) => Bound::Included(first),
            None => return Vec::new(),
        },
        Start::After(last) => Bound::Excluded(last),
    };
    matching
        .range((from, Bound::Unbounded))
        .take(count)
        .collect()
}

/// How many there are, by channel and in all.
pub(crate) fn totals(index: &TeamIndex, account_id: Option<Uuid>) -> GetTotalsResponse {
    let effective = index.effective();
    let mut all = Totals::default();
    let mut channels: BTreeMap<i32, Totals> = BTreeMap::new();
    for (id, contacts) in index.accounts() {
        if account_id.is_some_and(|asked| asked != id) {
            continue;
        }
        let of_account = Totals {
            contacts: number(contacts.len()),
            effective: number(contacts.intersection_len(&effective)),
            unsubscribed: number(contacts.intersection_len(index.unsubscribed())),
            blocked: number(contacts.intersection_len(index.blocked())),
        };
        add(&mut all, &of_account);
        if let Some(channel) = index.words().channel(id) {
            add(channels.entry(channel).or_default(), &of_account);
        }
    }
    let channels = channels
        .into_iter()
        .filter(|(_, totals)| totals.contacts > 0);
    GetTotalsResponse {
        all: Some(all),
        channels: channels
            .map(|(channel, totals)| ChannelTotals {
                channel,
                totals: Some(totals),
            })
            .collect(),
    }
}

/// The team's tags by name, with how many have each.
pub(crate) fn tags(index: &TeamIndex) -> Vec<TagCount> {
    let tags = index.words().tags();
    let mut counts: Vec<TagCount> = tags
        .map(|(tag_id, name)| TagCount {
            tag_id: tag_id.to_string(),
            name: name.to_owned(),
            contacts: number(index.tagged(tag_id)),
        })
        .collect();
    counts.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    counts
}

fn add(sum: &mut Totals, more: &Totals) {
    sum.contacts += more.contacts;
    sum.effective += more.effective;
    sum.unsubscribed += more.unsubscribed;
    sum.blocked += more.blocked;
}

pub(crate) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
