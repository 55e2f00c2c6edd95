//! Segmentation, as far as jobs ask it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bootstrap::{GrpcServices, Lifecycle, principal, serve_grpc};
use futures_util::{StreamExt as _, stream, stream::BoxStream};
use proto::segmentation::v1::{
    CountContactsRequest, CountContactsResponse, ExportContactsRequest, ExportContactsResponse,
    GetTotalsRequest, GetTotalsResponse, ListContactsRequest, ListContactsResponse,
    ListTagsRequest, ListTagsResponse, ParseFilterRequest, ParseFilterResponse,
    ResolveAudienceRequest, ResolveAudienceResponse,
    segmentation_service_server::{SegmentationService, SegmentationServiceServer},
};
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::app::auth;

/// Who matches, whatever the filter says.
pub(crate) struct Audience {
    pub(crate) url: String,
    matching: Matching,
    _stop: DropGuard,
}

#[derive(Debug, Clone, Default)]
struct Matching(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    contact_ids: Vec<Uuid>,
    /// After so many calls that were answered, with this.
    refusal: Option<(usize, Status)>,
    /// Pages sent before the stream breaks off, as it would when segmentation dies.
    breaks_after: Option<usize>,
    asked: Vec<ResolveAudienceRequest>,
}

const PAGE: usize = 1_000;

impl Audience {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let matching = Matching::default();
        let services =
            GrpcServices::new(&auth()).add(SegmentationServiceServer::new(matching.clone()));
        let lifecycle = Lifecycle::new();
        let drain = Duration::from_secs(1);
        lifecycle.spawn(
            "audience",
            serve_grpc(services, listener, lifecycle.shutdown(), drain),
        );
        Self {
            url,
            matching,
            _stop: lifecycle.shutdown().drop_guard(),
        }
    }

    pub(crate) fn is(&self, contact_ids: &[Uuid]) {
        self.matching.0.lock().unwrap().contact_ids = contact_ids.to_vec();
    }

    pub(crate) fn refuses(&self, after: usize, refusal: Status) {
        self.matching.0.lock().unwrap().refusal = Some((after, refusal));
    }

    pub(crate) fn breaks_after(&self, pages: Option<usize>) {
        self.matching.0.lock().unwrap().breaks_after = pages;
    }

    pub(crate) fn asked(&self) -> Vec<ResolveAudienceRequest> {
        self.matching.0.lock().unwrap().asked.clone()
    }
}

#[tonic::async_trait]
impl SegmentationService for Matching {
    type ResolveAudienceStream = BoxStream<'static, Result<ResolveAudienceResponse, Status>>;
    type ExportContactsStream = BoxStream<'static, Result<ExportContactsResponse, Status>>;

    async fn resolve_audience(
        &self,
        request: Request<ResolveAudienceRequest>,
    ) -> Result<Response<Self::ResolveAudienceStream>, Status> {
        assert!(principal(&request)?.is_service());
        let request = request.into_inner();
        assert!(request.ids_only);
        let mut state = self.0.lock().unwrap();
        state.asked.push(request);
        if let Some((after, refusal)) = &state.refusal
            && state.asked.len() > *after
        {
            return Err(refusal.clone());
        }
        let mut pages: Vec<Result<ResolveAudienceResponse, Status>> = state
            .contact_ids
            .chunks(PAGE)
            .map(|ids| {
                Ok(ResolveAudienceResponse {
                    contact_ids: events::join_ids(ids.iter().copied()),
                    ..ResolveAudienceResponse::default()
                })
            })
            .collect();
        if let Some(breaks_after) = state.breaks_after {
            pages.truncate(breaks_after);
            pages.push(Err(Status::unavailable("broke off")));
        }
        Ok(Response::new(stream::iter(pages).boxed()))
    }

    async fn count_contacts(
        &self,
        _: Request<CountContactsRequest>,
    ) -> Result<Response<CountContactsResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn list_contacts(
        &self,
        _: Request<ListContactsRequest>,
    ) -> Result<Response<ListContactsResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn get_totals(
        &self,
        _: Request<GetTotalsRequest>,
    ) -> Result<Response<GetTotalsResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn list_tags(
        &self,
        _: Request<ListTagsRequest>,
    ) -> Result<Response<ListTagsResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn export_contacts(
        &self,
        _: Request<ExportContactsRequest>,
    ) -> Result<Response<Self::ExportContactsStream>, Status> {
        Err(Status::unimplemented("not needed"))
    }

    async fn parse_filter(
        &self,
        _: Request<ParseFilterRequest>,
    ) -> Result<Response<ParseFilterResponse>, Status> {
        Err(Status::unimplemented("not needed"))
    }
}
