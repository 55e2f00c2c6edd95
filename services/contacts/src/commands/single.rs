use event_sourcing::{EventCodec as _, StreamId};
use event_store::{Append, Appended, EventStore, Expected, NewEvent};
use events::ContactEvent;
use uuid::Uuid;

use super::{Command, CommandError};

/// Appends a fact to a contact's own stream. `event_id` is what its sealed fields are bound to.
pub(crate) async fn append_to_contact(
    store: &EventStore,
    command: &Command,
    contact_id: Uuid,
    expected: Expected,
    event_id: Uuid,
    event: &ContactEvent,
) -> Result<Appended, CommandError> {
    let events = vec![NewEvent::with_id(event_id, event.encode())];
    let append = own_stream(command, contact_id, expected, events);
    command.appended(store.append(append).await?)
}

/// Appends facts to a contact's own stream, whatever is there.
pub(crate) async fn append_all_to_contact(
    store: &EventStore,
    command: &Command,
    contact_id: Uuid,
    events: Vec<NewEvent>,
) -> Result<Appended, CommandError> {
    let append = own_stream(command, contact_id, Expected::Any, events);
    command.appended(store.append(append).await?)
}

fn own_stream(
    command: &Command,
    contact_id: Uuid,
    expected: Expected,
    events: Vec<NewEvent>,
) -> Append {
    let context = command.context.clone();
    Append {
        stream: StreamId {
            category: "contact",
            id: contact_id,
        },
        team_id: context.team_id,
        expected,
        request_id: context.request_id,
        answer: command.digest.clone(),
        metadata: context.metadata,
        events,
    }
}
