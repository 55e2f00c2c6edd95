use event_store::{EventStore, LogPosition, LoggedEvent, read_heads, read_log};
use futures_util::{
    StreamExt as _,
    stream::{BoxStream, try_unfold},
};

use crate::LogClient;

/// Events in one page of a catch-up.
const PAGE_EVENTS_MAX: i64 = 1000;

/// Where a consumer reads the log itself: to fill a read model, and to repair gaps.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one a consumer, not many"
)]
pub enum LogSource {
    /// The log is in this process's own database.
    Local(EventStore),
    /// The log belongs to another service.
    Remote(LogClient),
}

#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("cannot read the log")]
    Database(#[from] sqlx::Error),
    #[error("the log's owner does not answer: {}", .0.message())]
    Owner(#[from] Box<tonic::Status>),
    #[error("the log's owner sent an event that can't be read")]
    Malformed,
}

/// What a log is at this moment.
#[derive(Debug, Clone)]
pub(crate) struct Description {
    pub(crate) generation: i64,
    pub(crate) partitions: i16,
}

impl LogSource {
    pub(crate) async fn describe(&self, log: &str) -> Result<Description, SourceError> {
        match self {
            Self::Local(store) => Ok(Description {
                generation: store.meta().generation,
                partitions: i16::try_from(read_heads(store.pool()).await?.len())
                    .unwrap_or(i16::MAX),
            }),
            Self::Remote(client) => client.describe(log).await,
        }
    }

    /// The pages after `after`, until the head as it is when it is reached.
    pub(crate) async fn read(
        &self,
        log: &str,
        after: LogPosition,
    ) -> Result<BoxStream<'static, Result<Vec<LoggedEvent>, SourceError>>, SourceError> {
        match self {
            Self::Local(store) => Ok(pages(store.clone(), after).boxed()),
            Self::Remote(client) => client.read(log, after).await,
        }
    }
}

/// Reads a partition page by page, until a page is empty.
pub(crate) fn pages(
    store: EventStore,
    after: LogPosition,
) -> impl futures_util::Stream<Item = Result<Vec<LoggedEvent>, SourceError>> + Send {
    try_unfold(after, move |after| {
        let store = store.clone();
        async move {
            let page = read_log(store.pool(), after, PAGE_EVENTS_MAX).await?;
            let last = page.last().map(|event| event.at);
            Ok(last.map(|last| (page, last)))
        }
    })
}
