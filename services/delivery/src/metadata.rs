use prost::Message as _;
use proto::log::v1::EventMetadata;
use uuid::Uuid;

/// What is stored beside the events of sending a broadcast.
pub(crate) fn of_broadcast(broadcast_id: Uuid) -> Vec<u8> {
    let metadata = EventMetadata {
        trace_parent: telemetry::trace_parent().unwrap_or_default(),
        correlation_id: events::to_bytes(broadcast_id),
        actor: "service:delivery".to_owned(),
        ..EventMetadata::default()
    };
    metadata.encode_to_vec()
}
