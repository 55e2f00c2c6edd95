//! What tests ask.

use proto::segmentation::v1::{
    CountContactsRequest, Filter, Filters, GetTotalsRequest, GetTotalsResponse,
    ListContactsRequest, ListContactsResponse, ListTagsRequest, NameMatch, NameMatchKind,
    ResolveAudienceRequest, ResolveAudienceResponse, SubscriptionStatus, Tags, TimeRange,
    filter::Condition,
};
use test_support::eventually;
use tonic::{Code, Response, Status};
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

/// Asks again while the answer is to do so: a busy machine may take its time.
async fn answered<T>(mut ask: impl AsyncFnMut() -> Result<Response<T>, Status>) -> T {
    eventually("the service answers", async || match ask().await {
        Err(status) if status.code() == Code::Unavailable => None,
        answer => Some(answer.unwrap().into_inner()),
    })
    .await
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
        let counted = answered(async || self.person().count_contacts(request.clone()).await);
        counted.await.matching
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
        answered(async || self.person().list_contacts(request.clone()).await).await
    }

    pub(crate) async fn totals(&self, token: &str) -> GetTotalsResponse {
        let request = GetTotalsRequest {
            consistency_token: token.to_owned(),
            ..GetTotalsRequest::default()
        };
        answered(async || self.person().get_totals(request.clone()).await).await
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
