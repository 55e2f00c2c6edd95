use event_sourcing::{EventCodec as _, StreamId};
use event_store::{Append, AppendError, Appended, CommandContext, EventStore, Expected, NewEvent};
use events::ContactEvent;
use uuid::Uuid;

/// Appends a fact to a contact's own stream. `event_id` is what its sealed fields are bound to.
pub(crate) async fn append_to_contact(
    store: &EventStore,
    command: CommandContext,
    contact_id: Uuid,
    expected: Expected,
    event_id: Uuid,
    event: &ContactEvent,
) -> Result<Appended, AppendError> {
    let events = vec![NewEvent::with_id(event_id, event.encode())];
    store
        .append(own_stream(command, contact_id, expected, events))
        .await
}

/// Appends facts to a contact's own stream, whatever is there.
pub(crate) async fn append_all_to_contact(
    store: &EventStore,
    command: CommandContext,
    contact_id: Uuid,
    events: Vec<NewEvent>,
) -> Result<Appended, AppendError> {
    store
        .append(own_stream(command, contact_id, Expected::Any, events))
        .await
}

fn own_stream(
    command: CommandContext,
    contact_id: Uuid,
    expected: Expected,
    events: Vec<NewEvent>,
) -> Append {
    Append {
        stream: StreamId {
            category: "contact",
            id: contact_id,
        },
        team_id: command.team_id,
        expected,
        request_id: command.request_id,
        answer: Vec::new(),
        metadata: command.metadata,
        events,
    }
}
