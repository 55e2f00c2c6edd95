use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use async_nats::{Client, jetstream};
use event_store::{LogPosition, LoggedEvent};
use futures_util::{StreamExt as _, future::join_all};
use sqlx::PgPool;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    Handler, HandlerError, LogSource, Progress,
    checkpoint::{Checkpoint, Resolution},
    live::{Live, Next},
    progress::Reporter,
    topology::stream_name,
};

const RETRY_AFTER_MIN: Duration = Duration::from_millis(50);
const RETRY_AFTER_MAX: Duration = Duration::from_secs(10);
/// How often a stopped partition looks for an operator's decision.
const RESOLUTION_INTERVAL: Duration = Duration::from_millis(200);

/// What a consumer is called, and what it follows. Both are stored, so never renamed.
#[derive(Debug, Clone, Copy)]
pub struct ConsumerConfig {
    pub name: &'static str,
    pub log: &'static str,
}

/// Applies every event of a log to a read model, each once in effect, in order within a partition.
#[derive(Debug)]
pub struct Consumer<H> {
    inner: Arc<Inner<H>>,
}

#[derive(Debug)]
struct Inner<H> {
    config: ConsumerConfig,
    pool: PgPool,
    jetstream: jetstream::Context,
    source: LogSource,
    handler: H,
    reporter: Reporter,
}

/// Why a partition has to begin its cycle again.
enum Interrupted {
    /// Another process moved the checkpoint.
    Stale,
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Interrupted {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl<H: Handler> Consumer<H> {
    pub fn new(
        config: ConsumerConfig,
        pool: PgPool,
        nats: Client,
        source: LogSource,
        handler: H,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                config,
                pool,
                jetstream: jetstream::new(nats),
                source,
                handler,
                reporter: Reporter::new(config.log),
            }),
        }
    }

    /// How far this consumer is, for queries that wait for it.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.inner.reporter.progress()
    }

    /// Follows all partitions until `shutdown`. What goes wrong meanwhile is logged and tried again.
    pub async fn run(self, shutdown: CancellationToken) -> anyhow::Result<()> {
        let following = self.inner.follow();
        tokio::select! {
            () = following => {}
            () = shutdown.cancelled() => {}
        }
        Ok(())
    }
}

impl<H: Handler> Inner<H> {
    async fn follow(&self) {
        let mut retry_after = RETRY_AFTER_MIN;
        let description = loop {
            match self.source.describe(self.config.log).await {
                Ok(description) => break description,
                Err(error) => {
                    info!(
                        consumer = self.config.name,
                        log = self.config.log,
                        error = &error as &dyn std::error::Error,
                        "waits for the log's owner"
                    );
                    sleep(retry_after).await;
                    retry_after = (retry_after * 2).min(Duration::from_secs(1));
                }
            }
        };
        let partitions = (0..description.partitions)
            .map(|partition| self.follow_partition(partition, description.generation));
        join_all(partitions).await;
    }

    async fn follow_partition(&self, partition: i16, generation: i64) {
        let checkpoint = Checkpoint {
            consumer: self.config.name,
            log: self.config.log,
            partition,
        };
        let stream = stream_name(self.config.log, partition, generation);
        let mut retry_after = RETRY_AFTER_MIN;
        loop {
            let (advanced, why) = self.cycle(&checkpoint, &stream).await;
            if advanced {
                retry_after = RETRY_AFTER_MIN;
            }
            if let Interrupted::Failed(error) = why {
                warn!(
                    consumer = self.config.name,
                    log = self.config.log,
                    partition,
                    error = format!("{error:#}"),
                    "consumer starts anew"
                );
            }
            sleep(retry_after).await;
            retry_after = (retry_after * 2).min(RETRY_AFTER_MAX);
        }
    }

    /// Catches up from the log, then follows JetStream, until something interrupts it.
    async fn cycle(&self, checkpoint: &Checkpoint, stream: &str) -> (bool, Interrupted) {
        let mut at = 0;
        let mut from = None;
        let why = loop {
            if let Err(why) = self.catch_up(checkpoint, &mut at, &mut from).await {
                break why;
            }
            if let Err(why) = self.follow_live(checkpoint, stream, &mut at).await {
                break why;
            }
        };
        (from.is_some_and(|from| at > from), why)
    }

    async fn catch_up(
        &self,
        checkpoint: &Checkpoint,
        at: &mut i64,
        from: &mut Option<i64>,
    ) -> Result<(), Interrupted> {
        *at = checkpoint
            .load(&self.pool)
            .await
            .context("cannot load the checkpoint")?;
        from.get_or_insert(*at);
        self.reporter.reached(checkpoint.partition, *at);
        let after = LogPosition {
            partition: checkpoint.partition,
            position: *at,
        };
        let mut pages = self.source.read(self.config.log, after).await?;
        while let Some(page) = pages.next().await {
            self.apply(checkpoint, at, &page?).await?;
        }
        Ok(())
    }

    /// Returns `Ok` when an event is missing, so that it is read from the log.
    async fn follow_live(
        &self,
        checkpoint: &Checkpoint,
        stream: &str,
        at: &mut i64,
    ) -> Result<(), Interrupted> {
        let mut live = Live::open(&self.jetstream, stream, checkpoint.partition, *at).await?;
        loop {
            match live.next().await? {
                Next::Events(events) => self.apply(checkpoint, at, &events).await?,
                Next::Gap => {
                    info!(
                        consumer = self.config.name,
                        log = self.config.log,
                        partition = checkpoint.partition,
                        position = *at,
                        "an event is missing in JetStream, reading the log"
                    );
                    return Ok(());
                }
            }
        }
    }

    /// Applies `events`, whatever it takes: a passing failure is waited out, and an event that
    /// can't be applied stops the partition until an operator decides.
    async fn apply(
        &self,
        checkpoint: &Checkpoint,
        at: &mut i64,
        events: &[LoggedEvent],
    ) -> Result<(), Interrupted> {
        if events.is_empty() {
            return Ok(());
        }
        match self.commit(checkpoint, *at, events).await {
            Ok(reached) => {
                self.reach(checkpoint, at, reached);
                Ok(())
            }
            Err(ApplyError::Stale) => Err(Interrupted::Stale),
            Err(ApplyError::Handler(HandlerError::Transient(source))) => {
                Err(anyhow::anyhow!(source)
                    .context("cannot apply for now")
                    .into())
            }
            Err(ApplyError::Handler(HandlerError::Permanent(_))) => {
                for event in events {
                    self.apply_one(checkpoint, at, event).await?;
                }
                Ok(())
            }
        }
    }

    fn reach(&self, checkpoint: &Checkpoint, at: &mut i64, reached: i64) {
        *at = reached;
        self.reporter.reached(checkpoint.partition, reached);
    }

    async fn apply_one(
        &self,
        checkpoint: &Checkpoint,
        at: &mut i64,
        event: &LoggedEvent,
    ) -> Result<(), Interrupted> {
        loop {
            let events = std::slice::from_ref(event);
            let failure = match self.commit(checkpoint, *at, events).await {
                Ok(reached) => {
                    self.reach(checkpoint, at, reached);
                    return Ok(());
                }
                Err(ApplyError::Stale) => return Err(Interrupted::Stale),
                Err(ApplyError::Handler(HandlerError::Transient(source))) => {
                    return Err(anyhow::anyhow!(source)
                        .context("cannot apply for now")
                        .into());
                }
                Err(ApplyError::Handler(HandlerError::Permanent(source))) => chain(&*source),
            };
            match self
                .wait_for_resolution(checkpoint, *at, event, &failure)
                .await?
            {
                Resolution::Retry => {}
                Resolution::Skip => {
                    if !checkpoint.skip(&self.pool, event, &failure).await? {
                        return Err(Interrupted::Stale);
                    }
                    self.reach(checkpoint, at, event.at.position);
                    return Ok(());
                }
            }
        }
    }

    async fn wait_for_resolution(
        &self,
        checkpoint: &Checkpoint,
        at: i64,
        event: &LoggedEvent,
        failure: &str,
    ) -> Result<Resolution, Interrupted> {
        checkpoint
            .stop(&self.pool, at, &event.event_type, failure)
            .await?;
        error!(
            consumer = self.config.name,
            log = self.config.log,
            partition = checkpoint.partition,
            position = event.at.position,
            event.r#type = event.event_type,
            error = failure,
            "ALARM: an event can't be applied; the partition is stopped until it is resolved"
        );
        loop {
            sleep(RESOLUTION_INTERVAL).await;
            if let Some(resolution) = checkpoint.resolution(&self.pool, at).await? {
                return Ok(resolution);
            }
        }
    }

    /// Changes the rows and moves the checkpoint in one transaction.
    async fn commit(
        &self,
        checkpoint: &Checkpoint,
        from: i64,
        events: &[LoggedEvent],
    ) -> Result<i64, ApplyError> {
        let to = events.last().map_or(from, |event| event.at.position);
        let mut tx = self.pool.begin().await?;
        // First, so that of two processes the second waits here and then finds itself stale.
        if !checkpoint.advance(&mut *tx, from, to).await? {
            return Err(ApplyError::Stale);
        }
        self.handler.apply(&mut tx, events).await?;
        tx.commit().await?;
        Ok(to)
    }
}

enum ApplyError {
    Stale,
    Handler(HandlerError),
}

impl From<sqlx::Error> for ApplyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Handler(error.into())
    }
}

impl From<HandlerError> for ApplyError {
    fn from(error: HandlerError) -> Self {
        Self::Handler(error)
    }
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
