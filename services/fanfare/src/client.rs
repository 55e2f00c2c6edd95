use anyhow::Context as _;
use bootstrap::{ClientAuth, connect_grpc};
use proto::{
    broadcast::v1::{
        broadcast_service_client::BroadcastServiceClient,
        templates_service_client::TemplatesServiceClient,
    },
    contacts::v1::{
        accounts_service_client::AccountsServiceClient,
        consent_service_client::ConsentServiceClient,
        contacts_service_client::ContactsServiceClient,
        conversation_service_client::ConversationServiceClient,
        jobs_service_client::JobsServiceClient, tags_service_client::TagsServiceClient,
    },
    log::v1::consumer_service_client::ConsumerServiceClient,
    reporting::v1::reporting_service_client::ReportingServiceClient,
    segmentation::v1::{
        segmentation_service_client::SegmentationServiceClient,
        segments_service_client::SegmentsServiceClient,
    },
};
use tonic::{service::interceptor::InterceptedService, transport::Channel};

use crate::endpoints::Endpoints;

pub(crate) type Authorized = InterceptedService<Channel, ClientAuth>;

/// The services of a running Fanfare, as one team.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) accounts: AccountsServiceClient<Authorized>,
    pub(crate) contacts: ContactsServiceClient<Authorized>,
    pub(crate) tags: TagsServiceClient<Authorized>,
    pub(crate) consent: ConsentServiceClient<Authorized>,
    pub(crate) conversation: ConversationServiceClient<Authorized>,
    pub(crate) jobs: JobsServiceClient<Authorized>,
    pub(crate) segmentation: SegmentationServiceClient<Authorized>,
    pub(crate) segments: SegmentsServiceClient<Authorized>,
    pub(crate) broadcast: BroadcastServiceClient<Authorized>,
    pub(crate) templates: TemplatesServiceClient<Authorized>,
    pub(crate) reporting: ReportingServiceClient<Authorized>,
}

impl Client {
    pub(crate) fn new(endpoints: &Endpoints) -> anyhow::Result<Self> {
        let bearer = bearer(&endpoints.token)?;
        Ok(Self {
            accounts: AccountsServiceClient::with_interceptor(
                connect_grpc(&endpoints.contacts)?,
                bearer.clone(),
            ),
            contacts: ContactsServiceClient::with_interceptor(
                connect_grpc(&endpoints.contacts)?,
                bearer.clone(),
            ),
            tags: TagsServiceClient::with_interceptor(
                connect_grpc(&endpoints.contacts)?,
                bearer.clone(),
            ),
            consent: ConsentServiceClient::with_interceptor(
                connect_grpc(&endpoints.contacts)?,
                bearer.clone(),
            ),
            conversation: ConversationServiceClient::with_interceptor(
                connect_grpc(&endpoints.contacts)?,
                bearer.clone(),
            ),
            jobs: JobsServiceClient::with_interceptor(
                connect_grpc(&endpoints.contacts)?,
                bearer.clone(),
            ),
            segments: SegmentsServiceClient::with_interceptor(
                connect_grpc(&endpoints.segmentation)?,
                bearer.clone(),
            ),
            segmentation: SegmentationServiceClient::with_interceptor(
                connect_grpc(&endpoints.segmentation)?,
                bearer.clone(),
            ),
            broadcast: BroadcastServiceClient::with_interceptor(
                connect_grpc(&endpoints.broadcast)?,
                bearer.clone(),
            ),
            templates: TemplatesServiceClient::with_interceptor(
                connect_grpc(&endpoints.broadcast)?,
                bearer.clone(),
            ),
            reporting: ReportingServiceClient::with_interceptor(
                connect_grpc(&endpoints.reporting)?,
                bearer,
            ),
        })
    }

    pub(crate) fn load() -> anyhow::Result<Self> {
        Self::new(&Endpoints::load()?)
    }
}

/// The consumers of one service, as an operator.
pub(crate) fn consumers(
    endpoints: &Endpoints,
    url: &str,
) -> anyhow::Result<ConsumerServiceClient<Authorized>> {
    let bearer = bearer(&endpoints.operator_token)?;
    Ok(ConsumerServiceClient::with_interceptor(
        connect_grpc(url)?,
        bearer,
    ))
}

fn bearer(token: &str) -> anyhow::Result<ClientAuth> {
    ClientAuth::from_token(token).context("the token is not one that `up` wrote")
}
