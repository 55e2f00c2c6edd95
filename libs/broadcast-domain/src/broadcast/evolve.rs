use events::{
    BroadcastLogEvent,
    broadcasts::{AudienceFrozen, BroadcastDrafted},
};

use super::{Audience, Broadcast, Draft, Frozen};

/// Applies one event. Total: an event that does not fit leaves the state as it is.
pub(super) fn evolve(state: Broadcast, event: &BroadcastLogEvent) -> Broadcast {
    use Broadcast as State;
    use BroadcastLogEvent as Event;
    match (state, event) {
        (State::Absent, Event::Drafted(drafted)) => State::Draft(draft(drafted)),
        (State::Draft(draft), Event::Confirmed(_)) => State::Preparing(draft),
        (State::Preparing(draft), Event::AudienceFrozen(event)) => State::Sending {
            draft,
            frozen: Frozen::from(event),
            resumed: 0,
        },
        (
            State::Sending {
                draft,
                frozen,
                resumed,
            },
            Event::Paused(_),
        ) => State::Paused {
            draft,
            frozen,
            resumed,
        },
        (
            State::Paused {
                draft,
                frozen,
                resumed,
            },
            Event::Resumed(_),
        ) => State::Sending {
            draft,
            frozen,
            resumed: resumed.saturating_add(1),
        },
        (State::Sending { .. } | State::Paused { .. }, Event::Stopped(_)) => State::Stopped,
        (State::Sending { .. } | State::Paused { .. }, Event::Completed(_)) => State::Done,
        (
            state,
            Event::Drafted(_)
            | Event::Confirmed(_)
            | Event::AudienceFrozen(_)
            | Event::Paused(_)
            | Event::Resumed(_)
            | Event::Stopped(_)
            | Event::Completed(_)
            // Of chunks and of those left out: other streams' events.
            | Event::Excluded(_)
            | Event::ChunkStored(_)
            | Event::WindowStarted(_)
            | Event::WindowSettled(_)
            | Event::Progressed(_),
        ) => state,
    }
}

fn draft(drafted: &BroadcastDrafted) -> Draft {
    Draft {
        broadcast_id: events::id(&drafted.broadcast_id),
        account_id: events::id(&drafted.account_id),
        channel: drafted.channel(),
        name: drafted.name.clone(),
        audience: Audience::from(drafted),
        messages: drafted.messages.clone(),
        links: drafted.links.clone(),
        personal_links: drafted.personal_links,
    }
}

impl From<&AudienceFrozen> for Frozen {
    fn from(event: &AudienceFrozen) -> Self {
        Self {
            included: event.included,
            excluded: event
                .excluded
                .iter()
                .map(|excluded| (excluded.reason(), excluded.contacts))
                .collect(),
            chunk_count: event.chunk_count,
            digest: event.digest.clone(),
        }
    }
}
