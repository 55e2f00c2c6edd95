use event_sourcing::{Aggregate, EventCodec, StreamId};
use uuid::Uuid;

use crate::{
    Append, AppendError, Appended, EventStore, ExecuteError, Expected, LoadError, LogPosition,
    NewEvent,
    batch::{Committed, find_receipt},
};

/// How often a command is decided anew when other writers get in first.
const ATTEMPTS: usize = 5;

/// Who sent a command, and what makes a repeat of it recognisable.
#[derive(Debug, Clone, Default)]
pub struct CommandContext {
    pub team_id: Uuid,
    pub request_id: Option<Uuid>,
    /// A protobuf `fanfare.log.v1.EventMetadata`.
    pub metadata: Vec<u8>,
}

/// What a command came to.
#[derive(Debug, Clone)]
pub struct Executed {
    /// The stream's version afterwards.
    pub version: i64,
    /// Where the command's last event is. `None`: it had already taken effect.
    pub at: Option<LogPosition>,
}

impl From<Appended> for Executed {
    fn from(appended: Appended) -> Self {
        Self {
            version: appended.version,
            at: Some(appended.at),
        }
    }
}

impl EventStore {
    /// Loads, decides and appends; decides anew, a few times, if another writer was first.
    #[tracing::instrument(skip_all, fields(stream.category = A::CATEGORY, stream.id = %id))]
    pub async fn execute<A>(
        &self,
        context: &CommandContext,
        id: Uuid,
        command: A::Command,
    ) -> Result<Executed, ExecuteError<A::Error>>
    where
        A: Aggregate,
        A::Command: Clone,
    {
        if let Some(executed) = self.answered(context, id).await? {
            return Ok(executed);
        }
        let mut attempt = 1;
        loop {
            let loaded = self.load::<A>(id).await?;
            let events = loaded
                .state
                .decide(command.clone())
                .map_err(ExecuteError::Refused)?;
            if events.is_empty() {
                return Ok(Executed {
                    version: loaded.version,
                    at: None,
                });
            }
            let append = Append {
                stream: StreamId {
                    category: A::CATEGORY,
                    id,
                },
                team_id: context.team_id,
                expected: Expected::Version(loaded.version),
                request_id: context.request_id,
                answer: Vec::new(),
                metadata: context.metadata.clone(),
                events: events
                    .iter()
                    .map(|event| NewEvent::new(event.encode()))
                    .collect(),
            };
            match self.append(append).await {
                Err(AppendError::Conflict { .. }) if attempt < ATTEMPTS => attempt += 1,
                result => return Ok(result?.into()),
            }
        }
    }

    /// What an earlier command with this request id came to.
    pub async fn find_receipt(
        &self,
        stream_id: Uuid,
        request_id: Uuid,
    ) -> Result<Option<Executed>, LoadError> {
        let context = CommandContext {
            request_id: Some(request_id),
            ..CommandContext::default()
        };
        self.answered(&context, stream_id).await
    }

    /// A repeat is answered from its receipt: the stream has moved on, and might refuse it now.
    async fn answered(
        &self,
        context: &CommandContext,
        id: Uuid,
    ) -> Result<Option<Executed>, LoadError> {
        let Some(request_id) = context.request_id else {
            return Ok(None);
        };
        let partition = self.partition_of(id);
        let receipt = find_receipt(self.pool(), id, request_id).await?;
        Ok(receipt.and_then(|receipt| match receipt {
            Committed::Appended { version, position }
            | Committed::Repeated {
                version, position, ..
            } => Some(Executed {
                version,
                at: Some(LogPosition {
                    partition,
                    position,
                }),
            }),
            Committed::Conflict { .. } => None,
        }))
    }
}
