use std::sync::Arc;

use bootstrap::Clock;
use event_sourcing::{EncodedEvent, EventCodec as _, StreamId};
use event_store::{Append, AppendError, EventStore, Expected, NewEvent};
use events::IngressLogEvent;
use uuid::Uuid;
use vault::Vault;

/// Takes facts into the log, each once.
///
/// A fact's stream is derived from the outside's own id of it, and is expected not to exist yet:
/// a repeat finds it there. No other memory of what was seen is needed, and it lasts for ever.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    store: EventStore,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Whether a fact was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Journalled {
    New,
    Known,
}

/// A fact on its way into the log.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) category: &'static str,
    /// Derived from the outside's own id.
    pub(crate) stream_id: Uuid,
    pub(crate) team_id: Uuid,
    /// What sealed fields are bound to.
    pub(crate) event_id: Uuid,
    pub(crate) event: IngressLogEvent,
}

impl Journal {
    pub(crate) fn new(store: EventStore, vault: Vault, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            vault,
            clock,
        }
    }

    /// Returns when the fact is durable.
    pub(crate) async fn take(&self, fact: Fact) -> Result<Journalled, AppendError> {
        let encoded: EncodedEvent = fact.event.encode();
        let appended = self
            .store
            .append(Append {
                stream: StreamId {
                    category: fact.category,
                    id: fact.stream_id,
                },
                team_id: fact.team_id,
                expected: Expected::Version(0),
                request_id: None,
                answer: Vec::new(),
                metadata: Vec::new(),
                events: vec![NewEvent::with_id(fact.event_id, encoded)],
            })
            .await;
        match appended {
            Ok(_) => Ok(Journalled::New),
            Err(AppendError::Conflict { .. }) => Ok(Journalled::Known),
            Err(error) => Err(error),
        }
    }
}
