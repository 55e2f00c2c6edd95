use event_store::CommandContext;
use prost::Message as _;
use proto::log::v1::EventMetadata;
use uuid::Uuid;

/// A command of `actor`'s about a broadcast, with what is stored beside its events.
pub(crate) fn context(
    team_id: Uuid,
    actor: &str,
    broadcast_id: Uuid,
    request_id: Option<Uuid>,
) -> CommandContext {
    let metadata = EventMetadata {
        trace_parent: telemetry::trace_parent().unwrap_or_default(),
        correlation_id: events::to_bytes(broadcast_id),
        actor: actor.to_owned(),
        ..EventMetadata::default()
    };
    CommandContext {
        team_id,
        request_id,
        metadata: metadata.encode_to_vec(),
    }
}
