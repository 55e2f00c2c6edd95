use std::{borrow::Cow, collections::HashMap};

use roaring::{MultiOps as _, RoaringBitmap};
use segmentation_domain::{Filter, NameKind, ResolvedFilter, StatusFilter};
use uuid::Uuid;

use super::team::TeamIndex;

/// Whom the conditions match that Postgres answers: whole names, addresses and numbers.
pub(crate) type Found = HashMap<ResolvedFilter, RoaringBitmap>;

type Contacts<'a> = Cow<'a, RoaringBitmap>;

impl TeamIndex {
    /// Everyone who matches, of one account or of all.
    pub(crate) fn matching(
        &self,
        account_id: Option<Uuid>,
        filter: &ResolvedFilter,
        found: &Found,
    ) -> RoaringBitmap {
        let matching = self.evaluate(filter, found);
        match account_id {
            None => matching.into_owned(),
            Some(account_id) => match self.accounts.get(&account_id) {
                Some(of_account) => matching.as_ref() & of_account,
                None => RoaringBitmap::new(),
            },
        }
    }

    fn evaluate(&self, filter: &ResolvedFilter, found: &Found) -> Contacts<'_> {
        match filter {
            Filter::All(filters) => self.all(filters, found),
            Filter::Any(filters) => {
                let each = filters.iter().map(|filter| self.evaluate(filter, found));
                Cow::Owned(each.collect::<Vec<_>>().iter().map(Cow::as_ref).union())
            }
            Filter::Not(filter) => {
                Cow::Owned(&self.everyone - self.evaluate(filter, found).as_ref())
            }
            Filter::HasAnyTag(tags) => self.any_tag(tags),
            Filter::HasAllTags(tags) => {
                let each: Option<Vec<_>> = tags.iter().map(|tag| self.tags.get(tag)).collect();
                let each = each.map(roaring::MultiOps::intersection);
                Cow::Owned(each.unwrap_or_default())
            }
            Filter::HasNoTag(tags) => Cow::Owned(&self.everyone - self.any_tag(tags).as_ref()),
            Filter::LastInteraction(range) => Cow::Owned(self.last_interaction_at.within(*range)),
            Filter::SubscribedAt(range) => Cow::Owned(self.subscribed_at.within(*range)),
            Filter::Status(status) => Cow::Borrowed(match status {
                StatusFilter::Subscribed => &self.subscribed,
                StatusFilter::Unsubscribed => &self.unsubscribed,
                StatusFilter::Blocked => &self.blocked,
                StatusFilter::All => &self.everyone,
            }),
            Filter::Name(name) => match (name.kind(), &self.names) {
                (NameKind::Prefix | NameKind::Contains, Some(names)) => {
                    Cow::Owned(names.search(name))
                }
                (NameKind::Whole, _) | (NameKind::Prefix | NameKind::Contains, None) => {
                    self.found(filter, found)
                }
            },
            Filter::Phone(_) | Filter::Email(_) | Filter::MemberNumber(_) => {
                self.found(filter, found)
            }
            Filter::SiteBound(true) => Cow::Borrowed(&self.site_bound),
            Filter::SiteBound(false) => Cow::Owned(&self.everyone - &self.site_bound),
        }
    }

    fn all(&self, filters: &[ResolvedFilter], found: &Found) -> Contacts<'_> {
        let each = filters.iter().map(|filter| self.evaluate(filter, found));
        let each: Vec<_> = each.collect();
        match each.as_slice() {
            [] => Cow::Borrowed(&self.everyone),
            _ => Cow::Owned(each.iter().map(Cow::as_ref).intersection()),
        }
    }

    fn any_tag(&self, tags: &[Uuid]) -> Contacts<'_> {
        let each: Vec<_> = tags.iter().filter_map(|tag| self.tags.get(tag)).collect();
        match each.as_slice() {
            [single] => Cow::Borrowed(*single),
            _ => Cow::Owned(each.union()),
        }
    }

    /// Postgres may be ahead, and know of somebody who is not here yet.
    fn found(&self, filter: &ResolvedFilter, found: &Found) -> Contacts<'_> {
        let found = found.get(filter).map(|found| found & &self.everyone);
        Cow::Owned(found.unwrap_or_default())
    }
}
