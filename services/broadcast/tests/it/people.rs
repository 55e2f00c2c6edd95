use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use bootstrap::{AuthConfig, GrpcServices, Lifecycle, principal, serve_grpc};
use futures_util::{StreamExt as _, stream, stream::BoxStream};
use proto::segmentation::v1::{
    CountContactsRequest, CountContactsResponse, ExportContactsRequest, ExportContactsResponse,
    GetTotalsRequest, GetTotalsResponse, ListContactsRequest, ListContactsResponse,
    ListTagsRequest, ListTagsResponse, ParseFilterRequest, ParseFilterResponse,
    ResolveAudienceRequest, ResolveAudienceResponse, SubscriptionStatus,
    segmentation_service_server::{SegmentationService, SegmentationServiceServer},
};
use test_support::eventually;
use tokio::net::TcpListener;
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// An id, an address, and whether they may be sent to.
pub(crate) type Someone = (Uuid, String, SubscriptionStatus);

/// Who is in the audience, whatever the filter says.
#[derive(Debug, Clone, Default)]
pub(crate) struct People(Arc<Mutex<Everyone>>);

#[derive(Debug, Default)]
struct Everyone {
    people: Vec<Someone>,
    /// When they last wrote, in seconds.
    wrote: HashMap<Uuid, i64>,
    /// Pages sent before the stream breaks off, as it would when segmentation dies.
    breaks_after: Option<usize>,
    broke_off: bool,
}

const PAGE: usize = 1_000;

impl People {
    pub(crate) fn set(&self, people: Vec<Someone>) {
        self.0.lock().unwrap().people = people;
    }

    pub(crate) fn wrote(&self, contact_id: Uuid, seconds: i64) {
        self.0.lock().unwrap().wrote.insert(contact_id, seconds);
    }

    pub(crate) fn break_after(&self, pages: Option<usize>) {
        self.0.lock().unwrap().breaks_after = pages;
    }

    pub(crate) async fn broken_off(&self) {
        eventually("an audience breaks off", async || {
            self.0.lock().unwrap().broke_off.then_some(())
        })
        .await;
    }

    /// `count` people who may be sent to.
    pub(crate) fn subscribed(count: u128) -> Vec<Someone> {
        (1..=count)
            .map(|id| {
                (
                    Uuid::from_u128(id),
                    format!("U{id:032x}"),
                    SubscriptionStatus::Subscribed,
                )
            })
            .collect()
    }

    /// Serves them; returns the address.
    pub(crate) async fn serve(&self, auth: &AuthConfig, lifecycle: &Lifecycle) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let services = GrpcServices::new(auth).add(SegmentationServiceServer::new(self.clone()));
        let drain = std::time::Duration::from_secs(1);
        lifecycle.spawn(
            "people",
            serve_grpc(services, listener, lifecycle.shutdown(), drain),
        );
        url
    }
}

#[tonic::async_trait]
impl SegmentationService for People {
    type ResolveAudienceStream = BoxStream<'static, Result<ResolveAudienceResponse, Status>>;
    type ExportContactsStream = BoxStream<'static, Result<ExportContactsResponse, Status>>;

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

    async fn resolve_audience(
        &self,
        request: Request<ResolveAudienceRequest>,
    ) -> Result<Response<Self::ResolveAudienceStream>, Status> {
        assert!(principal(&request)?.is_service());
        let mut everyone = self.0.lock().unwrap();
        let mut pages: Vec<Result<ResolveAudienceResponse, Status>> = everyone
            .people
            .chunks(PAGE)
            .map(|people| {
                Ok(ResolveAudienceResponse {
                    contact_ids: events::join_ids(people.iter().map(|person| person.0)),
                    addresses: people.iter().map(|person| person.1.clone()).collect(),
                    statuses: people.iter().map(|person| person.2.into()).collect(),
                    last_interaction_seconds: people
                        .iter()
                        .map(|person| everyone.wrote.get(&person.0).copied().unwrap_or_default())
                        .collect(),
                })
            })
            .collect();
        if let Some(breaks_after) = everyone.breaks_after {
            everyone.broke_off = true;
            pages.truncate(breaks_after);
            pages.push(Err(Status::unavailable("broke off")));
        }
        Ok(Response::new(stream::iter(pages).boxed()))
    }
}
