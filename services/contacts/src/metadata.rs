use prost::Message as _;
use proto::log::v1::EventMetadata;
use uuid::Uuid;

/// What is stored with the events of a command.
pub(crate) fn of_command(actor: &str, correlation_id: Uuid) -> Vec<u8> {
    let metadata = EventMetadata {
        trace_parent: telemetry::trace_parent().unwrap_or_default(),
        correlation_id: events::to_bytes(correlation_id),
        actor: actor.to_owned(),
        ..EventMetadata::default()
    };
    metadata.encode_to_vec()
}

/// What is stored with an event that answers another.
pub(crate) fn of_answer(actor: &str, causation_id: Uuid) -> Vec<u8> {
    let metadata = EventMetadata {
        correlation_id: events::to_bytes(causation_id),
        causation_id: events::to_bytes(causation_id),
        actor: actor.to_owned(),
        ..EventMetadata::default()
    };
    metadata.encode_to_vec()
}
