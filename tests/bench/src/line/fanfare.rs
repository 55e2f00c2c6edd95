use anyhow::Context as _;
use bootstrap::{ClientAuth, connect_grpc};
use proto::{
    broadcast::v1::broadcast_service_client::BroadcastServiceClient,
    common::v1::Channel as ChannelKind,
    contacts::v1::{
        ConnectAccountRequest, Credentials, LineCredentials,
        accounts_service_client::AccountsServiceClient,
        contacts_service_client::ContactsServiceClient, credentials,
    },
    reporting::v1::reporting_service_client::ReportingServiceClient,
    segmentation::v1::segmentation_service_client::SegmentationServiceClient,
};
use tonic::{service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

use super::installation::Endpoints;

type Authorized = InterceptedService<Channel, ClientAuth>;

/// Fanfare as a team's own program sees it.
#[derive(Debug)]
pub(crate) struct Fanfare {
    pub(crate) accounts: AccountsServiceClient<Authorized>,
    pub(crate) contacts: ContactsServiceClient<Authorized>,
    pub(crate) segmentation: SegmentationServiceClient<Authorized>,
    pub(crate) broadcast: BroadcastServiceClient<Authorized>,
    pub(crate) reporting: ReportingServiceClient<Authorized>,
}

impl Fanfare {
    pub(crate) fn connect(endpoints: &Endpoints) -> anyhow::Result<Self> {
        let auth = ClientAuth::from_token(&endpoints.token).context("the token can't be sent")?;
        let channel = |url| connect_grpc(url);
        Ok(Self {
            accounts: AccountsServiceClient::with_interceptor(
                channel(&endpoints.contacts)?,
                auth.clone(),
            ),
            contacts: ContactsServiceClient::with_interceptor(
                channel(&endpoints.contacts)?,
                auth.clone(),
            ),
            segmentation: SegmentationServiceClient::with_interceptor(
                channel(&endpoints.segmentation)?,
                auth.clone(),
            ),
            broadcast: BroadcastServiceClient::with_interceptor(
                channel(&endpoints.broadcast)?,
                auth.clone(),
            ),
            reporting: ReportingServiceClient::with_interceptor(
                channel(&endpoints.reporting)?,
                auth,
            ),
        })
    }

    /// Returns the account's id.
    pub(crate) async fn connect_account(
        &mut self,
        access_token: &str,
        channel_secret: &str,
    ) -> anyhow::Result<String> {
        let request = ConnectAccountRequest {
            request_id: Uuid::new_v4().to_string(),
            channel: ChannelKind::Line.into(),
            name: "Bench".to_owned(),
            credentials: Some(Credentials {
                channel: Some(credentials::Channel::Line(LineCredentials {
                    access_token: access_token.to_owned(),
                    channel_secret: channel_secret.to_owned(),
                })),
            }),
            country: "TW".to_owned(),
            ..ConnectAccountRequest::default()
        };
        let response = self.accounts.connect_account(request).await?.into_inner();
        let account = response.account.context("no account came back")?;
        Ok(account.account_id)
    }
}
