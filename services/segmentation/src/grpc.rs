use bootstrap::{PageTokens, page_size, principal};
use event_bus::Progress;
use futures_util::stream::BoxStream;
use proto::segmentation::v1::{
    CountContactsRequest, CountContactsResponse, Filter, ListContactsRequest, ListContactsResponse,
    ResolveAudienceRequest, ResolveAudienceResponse,
    segmentation_service_server::SegmentationService,
};
use sqlx::PgPool;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{audience, cursor, filter::parse_filter, queries, sql::Scope, status};

const PAGE_SIZE_DEFAULT: u32 = 50;
const PAGE_SIZE_MAX: u32 = 1000;

/// Answers for the caller's own team, and for no other.
#[derive(Debug)]
pub(crate) struct SegmentationGrpc {
    pub(crate) pool: PgPool,
    pub(crate) progress: Progress,
    pub(crate) page_tokens: PageTokens,
}

#[tonic::async_trait]
impl SegmentationService for SegmentationGrpc {
    type ResolveAudienceStream = BoxStream<'static, Result<ResolveAudienceResponse, Status>>;

    #[tracing::instrument(skip_all)]
    async fn count_contacts(
        &self,
        request: Request<CountContactsRequest>,
    ) -> Result<Response<CountContactsResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let scope = scope(team_id, &request.account_id, request.filter.as_ref())?;
        status::caught_up(&self.progress, &request.consistency_token).await?;
        let counts = queries::count(&self.pool, &scope)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        Ok(Response::new(CountContactsResponse {
            matching: counts.matching,
            subscribed: counts.subscribed,
        }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_contacts(
        &self,
        request: Request<ListContactsRequest>,
    ) -> Result<Response<ListContactsResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let scope = scope(team_id, &request.account_id, request.filter.as_ref())?;
        let size = page_size(request.page_size, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX)?;
        let after = cursor::open(&self.page_tokens, team_id, &request)?;
        status::caught_up(&self.progress, &request.consistency_token).await?;
        let page = queries::list(&self.pool, &scope, after, size)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        let next_page_token = match page.contacts.last() {
            Some(last) if page.more => {
                cursor::seal(&self.page_tokens, team_id, &request, &last.contact_id)
            }
            Some(_) | None => String::new(),
        };
        Ok(Response::new(ListContactsResponse {
            contacts: page.contacts,
            next_page_token,
        }))
    }

    #[tracing::instrument(skip_all)]
    async fn resolve_audience(
        &self,
        request: Request<ResolveAudienceRequest>,
    ) -> Result<Response<Self::ResolveAudienceStream>, Status> {
        let caller = principal(&request)?.clone();
        if !caller.is_service() {
            return Err(status::services_only());
        }
        let request = request.into_inner();
        status::parse_id("account_id", &request.account_id)?;
        let scope = scope(caller.team_id, &request.account_id, request.filter.as_ref())?;
        status::caught_up(&self.progress, &request.consistency_token).await?;
        let pages = audience::resolve(&self.pool, &scope)
            .await
            .map_err(|error| bootstrap::internal(&error))?;
        Ok(Response::new(pages))
    }
}

fn scope(team_id: Uuid, account_id: &str, filter: Option<&Filter>) -> Result<Scope, Status> {
    let account_id = match account_id {
        "" => None,
        id => Some(status::parse_id("account_id", id)?),
    };
    Ok(Scope {
        team_id,
        account_id,
        segment: parse_filter(filter).map_err(|error| status::wrong_filter(&error))?,
    })
}
