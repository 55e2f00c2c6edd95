use bootstrap::{MESSAGE_BYTES_MAX, ServiceIdentity};
use event_bus::ConsistencyToken;
use events::segment::Filter;
use proto::segmentation::v1::{
    ResolveAudienceRequest, ResolveAudienceResponse,
    segmentation_service_client::SegmentationServiceClient,
};
use tonic::{Code, Status, Streaming, transport::Channel};
use uuid::Uuid;

/// Asks segmentation who matches, as this service, for the team in question.
#[derive(Debug, Clone)]
pub(crate) struct Audiences {
    client: SegmentationServiceClient<Channel>,
    identity: ServiceIdentity,
}

impl Audiences {
    pub(crate) fn new(channel: Channel, identity: ServiceIdentity) -> Self {
        let client = SegmentationServiceClient::new(channel);
        Self {
            client: client.max_decoding_message_size(MESSAGE_BYTES_MAX),
            identity,
        }
    }

    /// Streams the ids of everyone of the account who matches, whatever their status, in pages.
    pub(super) async fn resolve(
        &self,
        team_id: Uuid,
        account_id: Uuid,
        filter: Filter,
        token: &ConsistencyToken,
    ) -> Result<Streaming<ResolveAudienceResponse>, Status> {
        let request = ResolveAudienceRequest {
            account_id: account_id.to_string(),
            filter: Some(filter),
            consistency_token: token.encode(),
            ids_only: true,
            ..ResolveAudienceRequest::default()
        };
        let request = self.identity.request(team_id, request);
        let response = self.client.clone().resolve_audience(request).await?;
        Ok(response.into_inner())
    }
}

/// The filter is to blame, for example a tag that is not there any more, and always will be.
pub(super) fn is_refusal(code: Code) -> bool {
    matches!(
        code,
        Code::InvalidArgument | Code::NotFound | Code::FailedPrecondition
    )
}
