//! What tests ask.

use proto::segmentation::v1::{
    CountContactsRequest, Filter, Filters, GetTotalsRequest, GetTotalsResponse,
    ListContactsRequest, ListContactsResponse, ListTagsRequest, NameMatch, NameMatchKind,
    ResolveAudienceRequest, ResolveAudienceResponse, SubscriptionStatus, Tags, TimeRange,
    filter::Condition,
};
use tonic::Status;
use uuid::Uuid;

use crate::{
    app::{ACCOUNT, App, Client},
    people::at,
};

pub(crate) fn tags(tags: &[&str]) -> Tags {
    Tags {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..Tags::default()
    }
}

pub(crate) fn of(condition: Condition) -> Filter {
    Filter {
        condition: Some(condition),
    }
}

pub(crate) fn all(filters: impl IntoIterator<Item = Filter>) -> Condition {
    Condition::All(Filters {
        filters: filters.into_iter().collect(),
    })
}

pub(crate) fn range(after: Option<i64>, before: Option<i64>) -> TimeRange {
    TimeRange {
        after: after.map(at),
        before: before.map(at),
    }
}

pub(crate) fn status(status: SubscriptionStatus) -> Condition {
    Condition::Status(status.into())
}

pub(crate) fn name(value: &str, kind: NameMatchKind) -> Condition {
    Condition::Name(NameMatch {
        value: value.to_owned(),
        kind: kind.into(),
    })
}

impl App {
    /// How many of the team match, after what `token` stands for.
    pub(crate) async fn count(&self, condition: Option<Condition>, token: &str) -> i64 {
        let request = CountContactsRequest {
            account_id: ACCOUNT.to_string(),
            filter: Some(Filter { condition }),
            consistency_token: token.to_owned(),
            ..CountContactsRequest::default()
        };
        let counted = self.person().count_contacts(request).await.unwrap();
        counted.into_inner().matching
    }

    /// The first page of a list.
    pub(crate) async fn list(
        &self,
        condition: Option<Condition>,
        token: &str,
    ) -> ListContactsResponse {
        let request = ListContactsRequest {
            filter: Some(Filter { condition }),
            consistency_token: token.to_owned(),
            ..ListContactsRequest::default()
        };
        self.person()
            .list_contacts(request)
            .await
            .unwrap()
            .into_inner()
    }

    pub(crate) async fn totals(&self, token: &str) -> GetTotalsResponse {
        let request = GetTotalsRequest {
            consistency_token: token.to_owned(),
            ..GetTotalsRequest::default()
        };
        self.person()
            .get_totals(request)
            .await
            .unwrap()
            .into_inner()
    }

    /// Each tag's name, and how many have it.
    pub(crate) async fn tag_counts(&self, token: &str) -> Vec<(String, i64)> {
        let request = ListTagsRequest {
            consistency_token: token.to_owned(),
        };
        let listed = self.person().list_tags(request).await.unwrap().into_inner();
        let tags = listed.tags.into_iter();
        tags.map(|tag| (tag.name, tag.contacts)).collect()
    }
}

/// Sorted: whose row was written first is nobody's choice.
pub(crate) fn names(page: &ListContactsResponse) -> Vec<&str> {
    let mut names = in_order(page);
    names.sort_unstable();
    names
}

pub(crate) fn in_order(page: &ListContactsResponse) -> Vec<&str> {
    let contacts = page.contacts.iter();
    contacts
        .map(|contact| contact.display_name.as_str())
        .collect()
}

/// All pages of an audience of the account.
pub(crate) async fn resolve(
    mut client: Client,
    filter: Option<Filter>,
    ids_only: bool,
    token: &str,
) -> Result<Vec<ResolveAudienceResponse>, Status> {
    let request = ResolveAudienceRequest {
        account_id: ACCOUNT.to_string(),
        filter,
        ids_only,
        consistency_token: token.to_owned(),
        ..ResolveAudienceRequest::default()
    };
    let mut stream = client.resolve_audience(request).await?.into_inner();
    let mut pages = Vec::new();
    while let Some(page) = stream.message().await? {
        pages.push(page);
    }
    Ok(pages)
}

pub(crate) fn ids(pages: &[ResolveAudienceResponse]) -> Vec<Uuid> {
    let ids = pages.iter().map(|page| events::ids(&page.contact_ids));
    ids.flatten().collect()
}
