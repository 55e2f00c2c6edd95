use std::sync::Arc;

use event_sourcing::{Aggregate, EventCodec};
use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::{
    Append, AppendError, Appended, Appender, LoadError, LogConfig, LogMeta, OpenError,
    SnapshotCodec,
    appender::{LANE_QUEUE_MAX, LANES_MAX, Lane, Waiting},
    batch::Placed,
    meta, partition_of, snapshot,
};

/// One command may have this many events.
const COMMAND_EVENTS_MAX: usize = 1000;
/// A stream is cached anew after this many events.
const SNAPSHOT_EVERY: i64 = 100;

/// A handle of a log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct EventStore {
    pool: PgPool,
    meta: Arc<LogMeta>,
    lanes: Vec<mpsc::Sender<Waiting>>,
    heads: Vec<watch::Receiver<i64>>,
}

/// An aggregate, and the version of its stream that it was folded from.
#[derive(Debug, Clone)]
pub struct Loaded<A> {
    pub state: A,
    pub version: i64,
}

impl EventStore {
    /// Opens the log in `pool`'s database, and makes it if there is none.
    ///
    /// Appending starts when the [`Appender`] runs.
    pub async fn open(pool: PgPool, config: &LogConfig) -> Result<(Self, Appender), OpenError> {
        let meta = meta::open(&pool, config).await?;
        let partitions = usize::from(meta.partitions.unsigned_abs());
        let (senders, heads): (Vec<_>, Vec<_>) = (0..partitions).map(|_| watch::channel(0)).unzip();
        let senders: Arc<[_]> = senders.into();
        let (lanes, running) = (0..partitions.min(LANES_MAX))
            .map(|_| {
                let (lane, incoming) = mpsc::channel(LANE_QUEUE_MAX);
                let running = Lane {
                    pool: pool.clone(),
                    incoming,
                    heads: Arc::clone(&senders),
                };
                (lane, running)
            })
            .unzip();
        let store = Self {
            pool,
            meta: Arc::new(meta),
            lanes,
            heads,
        };
        Ok((store, Appender { lanes: running }))
    }

    #[must_use]
    pub fn meta(&self) -> &LogMeta {
        &self.meta
    }

    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    #[must_use]
    pub fn partition_of(&self, stream_id: Uuid) -> i16 {
        partition_of(stream_id, self.meta.partitions)
    }

    /// The last position that this process has appended to each partition; 0 before the first.
    /// Changes at once, so that a relay need not poll for them.
    #[must_use]
    pub fn heads(&self) -> Vec<watch::Receiver<i64>> {
        self.heads.clone()
    }

    /// Appends all events of `command` or none, and waits until they are durable.
    ///
    /// A caller that stops waiting does not know whether the events were written.
    pub async fn append(&self, command: Append) -> Result<Appended, AppendError> {
        if command.events.len() > COMMAND_EVENTS_MAX {
            return Err(AppendError::TooLarge(command.events.len()));
        }
        let partition = self.partition_of(command.stream.id);
        let place = usize::from(partition.unsigned_abs()) % self.lanes.len().max(1);
        let lane = self.lanes.get(place).ok_or(AppendError::ShuttingDown)?;
        let placed = Placed { partition, command };
        let (answer, answered) = oneshot::channel();
        lane.send(Waiting { placed, answer })
            .await
            .map_err(|_| AppendError::ShuttingDown)?;
        answered.await.map_err(|_| AppendError::ShuttingDown)?
    }

    /// The team whose stream this is, if there is such a stream.
    pub async fn team_of(&self, stream_id: Uuid) -> Result<Option<Uuid>, LoadError> {
        let team_id = sqlx::query_scalar!(
            "SELECT team_id FROM log_events
             WHERE partition = $1 AND stream_id = $2 AND version = 1",
            self.partition_of(stream_id),
            stream_id,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(team_id)
    }

    /// Folds a stream. One that does not exist is at version 0.
    pub async fn load<A: Aggregate>(&self, id: Uuid) -> Result<Loaded<A>, LoadError> {
        self.evolve(id, A::default(), 0, i64::MAX).await
    }

    /// Folds a stream as it was at `version`.
    pub async fn load_until<A: Aggregate>(
        &self,
        id: Uuid,
        version: i64,
    ) -> Result<Loaded<A>, LoadError> {
        self.evolve(id, A::default(), 0, version).await
    }

    /// As [`load`](Self::load), from a snapshot if there is one, and leaves a new one when due.
    pub async fn load_cached<A: SnapshotCodec>(&self, id: Uuid) -> Result<Loaded<A>, LoadError> {
        let (state, cached) = snapshot::load(&self.pool, id).await?.unwrap_or_default();
        let loaded = self.evolve(id, state, cached, i64::MAX).await?;
        if loaded.version - cached >= SNAPSHOT_EVERY {
            snapshot::save(&self.pool, id, &loaded.state, loaded.version).await?;
        }
        Ok(loaded)
    }

    async fn evolve<A: Aggregate>(
        &self,
        id: Uuid,
        mut state: A,
        after: i64,
        until: i64,
    ) -> Result<Loaded<A>, LoadError> {
        let rows = sqlx::query!(
            r#"
            SELECT version, event_type, payload
            FROM log_events
            WHERE partition = $1 AND stream_id = $2 AND version > $3 AND version <= $4
            ORDER BY version
            "#,
            self.partition_of(id),
            id,
            after,
            until,
        )
        .fetch_all(&self.pool)
        .await?;

        let version = rows.last().map_or(after, |row| row.version);
        for row in &rows {
            let event = A::Event::decode(&row.event_type, &row.payload)?;
            state = state.evolve(&event);
        }
        Ok(Loaded { state, version })
    }
}
