use std::time::Duration;

use async_nats::{Client, HeaderMap, Request, jetstream::response::Response};
use bytes::Bytes;
use event_store::LoggedEvent;
use serde::Deserialize;
use uuid::Uuid;

use crate::{message::headers, topology::subject};

/// The server takes no larger batch.
pub(crate) const BATCH_EVENTS_MAX: i64 = 1000;
const ACK_TIMEOUT: Duration = Duration::from_secs(10);

const BATCH_ID: &str = "Nats-Batch-Id";
const BATCH_SEQUENCE: &str = "Nats-Batch-Sequence";
const BATCH_COMMIT: &str = "Nats-Batch-Commit";
const EXPECTED_LAST_SEQUENCE: &str = "Nats-Expected-Last-Sequence";

#[derive(Debug, thiserror::Error)]
pub(crate) enum PublishError {
    /// The stream is elsewhere, is gone, or does not answer. Look again where it is.
    #[error("JetStream did not take the batch: {0}")]
    Refused(String),
    #[error("cannot reach JetStream: {0}")]
    Unreachable(String),
}

#[derive(Debug, Deserialize)]
struct Ack {
    #[serde(rename = "seq")]
    sequence: u64,
}

/// Publishes consecutive events, all of them or none, if the stream is at the position before.
///
/// One task publishes a partition, in order: concurrent requests would overtake each other.
pub(crate) async fn publish(
    client: &Client,
    log: &str,
    events: &[LoggedEvent],
) -> Result<i64, PublishError> {
    let Some((last, before)) = events.split_last() else {
        return Err(PublishError::Refused("an empty batch".to_owned()));
    };
    let batch_id = (!before.is_empty()).then(|| Uuid::now_v7().simple().to_string());
    let first_position = events
        .first()
        .map_or(last.at.position, |event| event.at.position);
    let mut expected = Some(first_position - 1);
    for (place, event) in (1_u32..).zip(before) {
        let mut headers = headers(log, event);
        mark(&mut headers, batch_id.as_deref(), place, expected.take());
        client
            .publish_with_headers(
                subject_of(log, event),
                headers,
                Bytes::copy_from_slice(&event.payload),
            )
            .await
            .map_err(|error| PublishError::Unreachable(error.to_string()))?;
    }

    let mut headers = headers(log, last);
    let place = u32::try_from(events.len()).unwrap_or(u32::MAX);
    mark(&mut headers, batch_id.as_deref(), place, expected.take());
    if batch_id.is_some() {
        headers.insert(BATCH_COMMIT, "1");
    }
    let request = Request::new()
        .headers(headers)
        .payload(Bytes::copy_from_slice(&last.payload))
        .timeout(Some(ACK_TIMEOUT));
    let reply = client
        .send_request(subject_of(log, last), request)
        .await
        .map_err(|error| PublishError::Unreachable(error.to_string()))?;
    match serde_json::from_slice::<Response<Ack>>(&reply.payload) {
        Ok(Response::Ok(ack)) => Ok(i64::try_from(ack.sequence).unwrap_or(i64::MAX)),
        Ok(Response::Err { error }) => Err(PublishError::Refused(error.to_string())),
        Err(_) => Err(PublishError::Refused(
            "an answer that is not an acknowledgement".to_owned(),
        )),
    }
}

fn subject_of(log: &str, event: &LoggedEvent) -> String {
    subject(log, event.at.partition, &event.category, &event.event_type)
}

fn mark(headers: &mut HeaderMap, batch_id: Option<&str>, place: u32, expected: Option<i64>) {
    if let Some(batch_id) = batch_id {
        headers.insert(BATCH_ID, batch_id);
        headers.insert(BATCH_SEQUENCE, place.to_string());
    }
    if let Some(expected) = expected {
        headers.insert(EXPECTED_LAST_SEQUENCE, expected.to_string());
    }
}
