use std::sync::Arc;

use bootstrap::{PageTokens, page_size, principal};
use event_bus::Progress;
use futures_util::stream::BoxStream;
use proto::segmentation::v1::{
    CountContactsRequest, CountContactsResponse, ExportContactsRequest, ExportContactsResponse,
    Filter, GetTotalsRequest, GetTotalsResponse, ListContactsRequest, ListContactsResponse,
    ListTagsRequest, ListTagsResponse, ParseFilterRequest, ParseFilterResponse,
    ResolveAudienceRequest, ResolveAudienceResponse,
    segmentation_service_server::SegmentationService,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    audience,
    contacts::{Contacts, Selection},
    cursor,
    export::{Exports, Format, Wanted},
    index::Team,
    page, queries,
    segments::{self, asked},
    status,
};

const PAGE_SIZE_DEFAULT: u32 = 50;
const PAGE_SIZE_MAX: u32 = 1000;

type Pages<T> = BoxStream<'static, Result<T, Status>>;

/// Answers for the caller's own team, and for no other.
#[derive(Debug)]
pub(crate) struct SegmentationGrpc {
    pub(crate) contacts: Contacts,
    /// Of the saved segments.
    pub(crate) segments: Progress,
    pub(crate) exports: Exports,
    pub(crate) page_tokens: PageTokens,
}

#[tonic::async_trait]
impl SegmentationService for SegmentationGrpc {
    type ResolveAudienceStream = Pages<ResolveAudienceResponse>;
    type ExportContactsStream = Pages<ExportContactsResponse>;

    #[tracing::instrument(skip_all)]
    async fn count_contacts(
        &self,
        request: Request<CountContactsRequest>,
    ) -> Result<Response<CountContactsResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let (team, selection) = self
            .selected(
                team_id,
                &request.account_id,
                request.filter.as_ref(),
                &request.filter_text,
                &request.segment_id,
                &request.consistency_token,
            )
            .await?;
        let counts = queries::count(&self.contacts, &team, &selection).await?;
        Ok(Response::new(counts))
    }

    #[tracing::instrument(skip_all)]
    async fn list_contacts(
        &self,
        request: Request<ListContactsRequest>,
    ) -> Result<Response<ListContactsResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let size = page_size(request.page_size, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX)?;
        let start = cursor::start(&self.page_tokens, team_id, &request)?;
        let (team, selection) = self
            .selected(
                team_id,
                &request.account_id,
                request.filter.as_ref(),
                &request.filter_text,
                &request.segment_id,
                &request.consistency_token,
            )
            .await?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let found = queries::page(&self.contacts, &team, &selection, start, size).await?;
        let ordinals: Vec<i32> = found
            .ordinals
            .iter()
            .take(size)
            .map(|n| n.cast_signed())
            .collect();
        let contacts = page::read(&self.contacts, team_id, &team, &ordinals).await;
        let next_page_token = match ordinals.last() {
            Some(last) if found.ordinals.len() > size => {
                cursor::seal(&self.page_tokens, team_id, &request, last.cast_unsigned())
            }
            Some(_) | None => String::new(),
        };
        Ok(Response::new(ListContactsResponse {
            contacts: contacts.map_err(|error| bootstrap::internal(&error))?,
            next_page_token,
            total: queries::number(found.total),
            effective: queries::number(found.effective),
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
        let team_id = caller.team_id;
        let (team, selection) = self
            .selected(
                team_id,
                &request.account_id,
                request.filter.as_ref(),
                "",
                &request.segment_id,
                &request.consistency_token,
            )
            .await?;
        let ids_only = request.ids_only;
        let pages = audience::resolve(&self.contacts, &team, &selection, ids_only).await?;
        Ok(Response::new(pages))
    }

    #[tracing::instrument(skip_all)]
    async fn get_totals(
        &self,
        request: Request<GetTotalsRequest>,
    ) -> Result<Response<GetTotalsResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let account_id = match request.account_id.as_str() {
            "" => None,
            id => Some(status::parse_id("account_id", id)?),
        };
        let team = self
            .contacts
            .team(team_id, &request.consistency_token)
            .await?;
        let totals = queries::totals(&team.read(), account_id);
        Ok(Response::new(totals))
    }

    #[tracing::instrument(skip_all)]
    async fn list_tags(
        &self,
        request: Request<ListTagsRequest>,
    ) -> Result<Response<ListTagsResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let team = self
            .contacts
            .team(team_id, &request.get_ref().consistency_token)
            .await?;
        let tags = queries::tags(&team.read());
        Ok(Response::new(ListTagsResponse { tags }))
    }

    #[tracing::instrument(skip_all)]
    async fn export_contacts(
        &self,
        request: Request<ExportContactsRequest>,
    ) -> Result<Response<Self::ExportContactsStream>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let format = Format::from_proto(request.format()).ok_or_else(status::no_format)?;
        let (team, selection) = self
            .selected(
                team_id,
                &request.account_id,
                request.filter.as_ref(),
                &request.filter_text,
                &request.segment_id,
                &request.consistency_token,
            )
            .await?;
        let default_view = !selection.filter.mentions_status();
        let wanted = self
            .contacts
            .select(&team, &selection, move |index, matching| Wanted {
                team_id,
                contacts: queries::shown(index, matching, default_view),
                words: index.words().clone(),
                format,
            })
            .await?;
        Ok(Response::new(self.exports.start(wanted).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn parse_filter(
        &self,
        request: Request<ParseFilterRequest>,
    ) -> Result<Response<ParseFilterResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let parsed = segments::parse_filter(&self.contacts.pool, team_id, request.get_ref()).await;
        Ok(Response::new(parsed?))
    }
}

impl SegmentationGrpc {
    /// The team's index, and whom a request asks for, once both reflect what the caller did before.
    async fn selected(
        &self,
        team_id: Uuid,
        account_id: &str,
        filter: Option<&Filter>,
        filter_text: &str,
        segment_id: &str,
        token: &str,
    ) -> Result<(Arc<Team>, Selection), Status> {
        status::caught_up(&self.segments, token).await?;
        let pool = &self.contacts.pool;
        let vault = &self.contacts.vault;
        let asked = asked(
            pool,
            vault,
            team_id,
            account_id,
            filter,
            filter_text,
            segment_id,
        )
        .await?;
        let team = self.contacts.team(team_id, token).await?;
        let selection = Selection::new(team_id, &team, &asked)?;
        Ok((team, selection))
    }
}
