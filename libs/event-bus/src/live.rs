use std::time::Duration;

use anyhow::Context as _;
use async_nats::jetstream::{
    Context, Message,
    consumer::{AckPolicy, DeliverPolicy, ReplayPolicy, pull},
};
use event_store::LoggedEvent;
use futures_util::{FutureExt as _, StreamExt as _};

use crate::message::{parse, position};

/// Events applied in one transaction.
const BATCH_EVENTS_MAX: usize = 1000;
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
const PULL_BYTES_MAX: usize = 8 * 1024 * 1024;
const HEARTBEAT: Duration = Duration::from_secs(1);
/// The server forgets a consumer that nobody asks for this long.
const INACTIVE_AFTER: Duration = Duration::from_secs(30);

/// An ordered subscription to a partition's JetStream stream, acknowledging nothing.
pub(crate) struct Live {
    partition: i16,
    messages: pull::Stream,
    next: i64,
    waiting: Option<Message>,
}

/// What came next.
#[derive(Debug)]
pub(crate) enum Next {
    /// The events that follow what was had before.
    Events(Vec<LoggedEvent>),
    /// An event is missing: read the log.
    Gap,
}

impl Live {
    /// Subscribes from the position after `after`.
    pub(crate) async fn open(
        jetstream: &Context,
        stream_name: &str,
        partition: i16,
        after: i64,
    ) -> anyhow::Result<Self> {
        let stream = jetstream
            .get_stream(stream_name)
            .await
            .context("cannot find the JetStream stream")?;
        let next = after + 1;
        let consumer = stream
            .create_consumer(pull::Config {
                deliver_policy: DeliverPolicy::ByStartSequence {
                    start_sequence: next.unsigned_abs(),
                },
                ack_policy: AckPolicy::None,
                replay_policy: ReplayPolicy::Instant,
                memory_storage: true,
                num_replicas: 1,
                inactive_threshold: INACTIVE_AFTER,
                ..pull::Config::default()
            })
            .await
            .context("cannot create a JetStream consumer")?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(BATCH_EVENTS_MAX)
            .max_bytes_per_batch(PULL_BYTES_MAX)
            .heartbeat(HEARTBEAT)
            .messages()
            .await
            .context("cannot subscribe")?;
        Ok(Self {
            partition,
            messages,
            next,
            waiting: None,
        })
    }

    /// Waits for an event, and takes with it whatever else has come.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Next> {
        let mut events: Vec<LoggedEvent> = Vec::new();
        let mut bytes = 0;
        while events.len() < BATCH_EVENTS_MAX && bytes < BATCH_BYTES_MAX {
            let message = match self.waiting.take() {
                Some(message) => message,
                None if events.is_empty() => self
                    .messages
                    .next()
                    .await
                    .context("the subscription ended")?
                    .context("cannot receive")?,
                None => match self.messages.next().now_or_never() {
                    Some(Some(Ok(message))) => message,
                    // Nothing yet; or an error, which comes again when asked for.
                    Some(Some(Err(_)) | None) | None => break,
                },
            };
            let at = position(&message)?;
            if at < self.next {
                continue;
            }
            if at > self.next {
                if events.is_empty() {
                    return Ok(Next::Gap);
                }
                self.waiting = Some(message);
                break;
            }
            bytes += message.payload.len();
            events.push(parse(self.partition, &message)?);
            self.next += 1;
        }
        Ok(Next::Events(events))
    }
}
