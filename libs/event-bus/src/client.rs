use bootstrap::{AuthConfig, MESSAGE_BYTES_MAX, ServiceIdentity, connect_grpc};
use chrono::DateTime;
use event_store::{LogPosition, LoggedEvent};
use futures_util::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use prost::Message as _;
use proto::log::v1::{
    DescribeLogRequest, LoggedEvent as Wire, ReadLogRequest, log_service_client::LogServiceClient,
};
use tonic::{Request, Status, transport::Channel};
use uuid::Uuid;

use crate::source::{Description, SourceError};

/// A client of another service's log.
#[derive(Debug, Clone)]
pub struct LogClient {
    client: LogServiceClient<Channel>,
    identity: ServiceIdentity,
}

impl LogClient {
    /// Connects when first used, so that services start in any order.
    pub fn connect_lazy(url: &str, auth: &AuthConfig) -> anyhow::Result<Self> {
        let client = LogServiceClient::new(connect_grpc(url)?);
        Ok(Self {
            client: client.max_decoding_message_size(MESSAGE_BYTES_MAX),
            identity: ServiceIdentity::new(auth, "log-reader"),
        })
    }

    /// Logs are all teams': the caller is a service, of no team.
    fn request<T>(&self, message: T) -> Request<T> {
        self.identity.request(Uuid::nil(), message)
    }

    pub(crate) async fn describe(&self, log: &str) -> Result<Description, SourceError> {
        let request = self.request(DescribeLogRequest {
            log: log.to_owned(),
        });
        let response = self.client.clone().describe_log(request).await;
        let response = response.map_err(owner)?.into_inner();
        Ok(Description {
            generation: response.generation,
            partitions: i16::try_from(response.head_positions.len()).unwrap_or(i16::MAX),
        })
    }

    pub(crate) async fn read(
        &self,
        log: &str,
        after: LogPosition,
    ) -> Result<BoxStream<'static, Result<Vec<LoggedEvent>, SourceError>>, SourceError> {
        let partition = after.partition;
        let request = self.request(ReadLogRequest {
            log: log.to_owned(),
            partition: u32::from(partition.unsigned_abs()),
            after_position: after.position,
        });
        let response = self.client.clone().read_log(request).await;
        let pages = response.map_err(owner)?.into_inner();
        Ok(pages
            .map_err(owner)
            .map(move |page| {
                page?
                    .events
                    .into_iter()
                    .map(|event| from_wire(partition, event).ok_or(SourceError::Malformed))
                    .collect()
            })
            .boxed())
    }
}

fn owner(status: Status) -> SourceError {
    SourceError::Owner(Box::new(status))
}

/// The form in which the log is read over gRPC.
pub(crate) fn to_wire(event: LoggedEvent) -> Wire {
    Wire {
        position: event.at.position,
        stream_id: event.stream_id.as_bytes().to_vec(),
        version: event.version,
        event_id: event.event_id.as_bytes().to_vec(),
        event_type: event.event_type,
        category: event.category,
        team_id: event.team_id.as_bytes().to_vec(),
        recorded_at: Some(prost_types::Timestamp {
            seconds: event.recorded_at.timestamp(),
            nanos: i32::try_from(event.recorded_at.timestamp_subsec_nanos()).unwrap_or_default(),
        }),
        payload: event.payload,
        metadata: proto::log::v1::EventMetadata::decode(event.metadata.as_slice()).ok(),
    }
}

fn from_wire(partition: i16, event: Wire) -> Option<LoggedEvent> {
    let recorded_at = event.recorded_at?;
    Some(LoggedEvent {
        at: LogPosition {
            partition,
            position: event.position,
        },
        stream_id: Uuid::from_slice(&event.stream_id).ok()?,
        version: event.version,
        event_id: Uuid::from_slice(&event.event_id).ok()?,
        event_type: event.event_type,
        category: event.category,
        team_id: Uuid::from_slice(&event.team_id).ok()?,
        recorded_at: DateTime::from_timestamp(
            recorded_at.seconds,
            u32::try_from(recorded_at.nanos).ok()?,
        )?,
        payload: event.payload,
        metadata: event
            .metadata
            .map(|metadata| metadata.encode_to_vec())
            .unwrap_or_default(),
    })
}
