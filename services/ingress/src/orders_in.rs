use std::time::Duration;

use anyhow::Context as _;
use async_nats::{
    Client,
    jetstream::{
        self, AckKind, ErrorCode, Message,
        consumer::{AckPolicy, pull},
        stream::{Config, DeleteMessageErrorKind, RetentionPolicy, StorageType, Stream},
    },
};
use futures_util::{StreamExt as _, stream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use uuid::Uuid;

use crate::{
    journal::Journal,
    order::{self, Order, OrderError},
};

/// The JetStream stream that other systems publish orders to.
pub const ORDERS_IN_STREAM: &str = "ORDERS_IN";
const SUBJECTS: &str = "fanfare.orders.in.v1.*";
const CONSUMER: &str = "ingress";
const ACK_WAIT: Duration = Duration::from_secs(30);
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Orders journalled at the same time, so that they are committed together.
const CONCURRENT_MAX: usize = 256;
/// What the server says of a message that is not there.
const GONE: [ErrorCode; 2] = [ErrorCode::NO_MESSAGE_FOUND, ErrorCode::SEQUENCE_NOT_FOUND];
const MAX_AGE: Duration = Duration::from_hours(7 * 24);

/// Where a team's order tracking publishes its orders, as JSON.
#[must_use]
pub fn orders_in_subject(team_id: Uuid) -> String {
    format!("fanfare.orders.in.v1.{team_id}")
}

/// Journals the orders that come over NATS, until `shutdown`. Each is acknowledged after that.
pub(crate) async fn run(
    journal: Journal,
    nats: Client,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let jetstream = jetstream::new(nats);
    while !shutdown.is_cancelled() {
        let outcome = tokio::select! {
            outcome = follow(&journal, &jetstream) => outcome,
            () = shutdown.cancelled() => return Ok(()),
        };
        if let Err(error) = outcome {
            warn!(error = format!("{error:#}"), "orders from NATS wait");
            sleep(RETRY_AFTER).await;
        }
    }
    Ok(())
}

async fn follow(journal: &Journal, jetstream: &jetstream::Context) -> anyhow::Result<()> {
    let stream = jetstream
        .get_or_create_stream(Config {
            name: ORDERS_IN_STREAM.to_owned(),
            subjects: vec![SUBJECTS.to_owned()],
            retention: RetentionPolicy::WorkQueue,
            storage: StorageType::File,
            max_age: MAX_AGE,
            ..Config::default()
        })
        .await
        .context("cannot create the stream of orders")?;
    let stream = &stream;
    let consumer = stream
        .get_or_create_consumer(
            CONSUMER,
            pull::Config {
                durable_name: Some(CONSUMER.to_owned()),
                ack_policy: AckPolicy::Explicit,
                ack_wait: ACK_WAIT,
                ..pull::Config::default()
            },
        )
        .await
        .context("cannot create the consumer of orders")?;
    let messages = consumer.messages().await.context("cannot subscribe")?;
    let mut taken = messages
        .map(|message| async move {
            let message = message.context("cannot receive")?;
            take(journal, stream, message).await
        })
        .buffer_unordered(CONCURRENT_MAX);
    while let Some(taken) = taken.next().await {
        taken?;
    }
    anyhow::bail!("the subscription ended")
}

/// Journals the orders of a message, and takes it off the stream.
///
/// It has member numbers in the clear. To acknowledge it would leave its bytes in the server's files until
/// they are written anew; to erase it overwrites them. It is erased before it is acknowledged, so that a
/// crash in between leaves nothing behind but an acknowledgement that nobody waits for.
async fn take(journal: &Journal, stream: &Stream, message: Message) -> anyhow::Result<()> {
    let ack = match journalled(journal, &message).await {
        Ok(()) => AckKind::Ack,
        Err(OrderError::Invalid { field, message }) => {
            // It would be refused for ever. The sender's own log has it.
            error!(field, reason = message, "refused an order from NATS");
            AckKind::Term
        }
        Err(error @ (OrderError::Vault(_) | OrderError::Journal(_))) => {
            warn!(error = &error as &dyn std::error::Error, "an order waits");
            AckKind::Nak(Some(RETRY_AFTER))
        }
    };
    match ack {
        AckKind::Ack | AckKind::Term => erase(stream, &message).await?,
        AckKind::Nak(_) | AckKind::Progress | AckKind::Next => {}
    }
    message
        .ack_with(ack)
        .await
        .map_err(|error| anyhow::anyhow!("cannot acknowledge: {error}"))
}

async fn erase(stream: &Stream, message: &Message) -> anyhow::Result<()> {
    let info = message
        .info()
        .map_err(|error| anyhow::anyhow!("cannot tell which message it is: {error}"))?;
    match stream.delete_message(info.stream_sequence).await {
        Ok(_) => Ok(()),
        Err(error) => match error.kind() {
            // Gone already: it was delivered again after a crash.
            DeleteMessageErrorKind::JetStream(answer) if GONE.contains(&answer.error_code()) => {
                Ok(())
            }
            DeleteMessageErrorKind::JetStream(_)
            | DeleteMessageErrorKind::Request
            | DeleteMessageErrorKind::TimedOut => {
                Err(error).context("cannot erase an order that was journalled")
            }
        },
    }
}

async fn journalled(journal: &Journal, message: &Message) -> Result<(), OrderError> {
    let team_id = message
        .subject
        .rsplit('.')
        .next()
        .and_then(|team| team.parse::<Uuid>().ok())
        .ok_or(OrderError::Invalid {
            field: "subject",
            message: "end it with the team's id",
        })?;
    let orders = parse(&message.payload)?;
    let mut taken = stream::iter(orders)
        .map(|order| async move { order::take(journal, team_id, &order).await })
        .buffer_unordered(CONCURRENT_MAX);
    while let Some(taken) = taken.next().await {
        taken?;
    }
    Ok(())
}

/// One order or an array of them.
pub(crate) fn parse(body: &[u8]) -> Result<Vec<Order>, OrderError> {
    let array = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let parsed = if array {
        serde_json::from_slice(body)
    } else {
        serde_json::from_slice(body).map(|order| vec![order])
    };
    parsed.map_err(|_| OrderError::Invalid {
        field: "body",
        message: "not an order or an array of orders; see the README for the fields",
    })
}
