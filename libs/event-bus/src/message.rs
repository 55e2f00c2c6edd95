use anyhow::Context as _;
use async_nats::{HeaderMap, HeaderValue, jetstream::Message};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, SecondsFormat};
use event_store::{LogPosition, LoggedEvent};
use prost::Message as _;
use proto::log::v1::EventMetadata;

// CloudEvents 1.0, binary mode.
const ID: &str = "ce-id";
const SOURCE: &str = "ce-source";
const SPEC_VERSION: &str = "ce-specversion";
const SUBJECT: &str = "ce-subject";
const TIME: &str = "ce-time";
const TYPE: &str = "ce-type";
// Our extensions.
const CATEGORY: &str = "ce-category";
const METADATA: &str = "ce-metadata";
const TEAM: &str = "ce-team";
const VERSION: &str = "ce-streamversion";
const TRACE_PARENT: &str = "traceparent";

/// The headers that an event is published with.
pub(crate) fn headers(log: &str, event: &LoggedEvent) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let at = event
        .recorded_at
        .to_rfc3339_opts(SecondsFormat::Micros, true);
    headers.insert(SPEC_VERSION, "1.0");
    headers.insert(ID, event.event_id.to_string());
    headers.insert(SOURCE, format!("/fanfare/{log}"));
    headers.insert(TYPE, event.event_type.as_str());
    headers.insert(SUBJECT, event.stream_id.to_string());
    headers.insert(TIME, at);
    headers.insert(VERSION, event.version.to_string());
    headers.insert(TEAM, event.team_id.to_string());
    headers.insert(CATEGORY, event.category.as_str());
    if !event.metadata.is_empty() {
        headers.insert(METADATA, BASE64_STANDARD.encode(&event.metadata));
        if let Ok(metadata) = EventMetadata::decode(event.metadata.as_slice())
            && !metadata.trace_parent.is_empty()
        {
            headers.insert(TRACE_PARENT, metadata.trace_parent);
        }
    }
    headers
}

/// Where a message is in its stream, which is where its event is in the log.
pub(crate) fn position(message: &Message) -> anyhow::Result<i64> {
    let info = message
        .info()
        .map_err(|error| anyhow::anyhow!("no JetStream reply subject: {error}"))?;
    i64::try_from(info.stream_sequence).context("the stream's sequence is out of range")
}

/// The event in a message of a partition's stream.
pub(crate) fn parse(partition: i16, message: &Message) -> anyhow::Result<LoggedEvent> {
    let position = position(message)?;
    let header = |name: &str| {
        let headers = message.headers.as_ref().context("no headers")?;
        headers
            .get(name)
            .map(HeaderValue::as_str)
            .with_context(|| format!("no {name}"))
    };
    let metadata = match header(METADATA) {
        Ok(encoded) => BASE64_STANDARD
            .decode(encoded)
            .context("invalid metadata")?,
        Err(_) => Vec::new(),
    };
    Ok(LoggedEvent {
        at: LogPosition {
            partition,
            position,
        },
        stream_id: header(SUBJECT)?.parse().context("invalid subject")?,
        version: header(VERSION)?.parse().context("invalid version")?,
        event_id: header(ID)?.parse().context("invalid id")?,
        event_type: header(TYPE)?.to_owned(),
        category: header(CATEGORY)?.to_owned(),
        team_id: header(TEAM)?.parse().context("invalid team")?,
        recorded_at: DateTime::parse_from_rfc3339(header(TIME)?)
            .context("invalid time")?
            .to_utc(),
        payload: message.payload.to_vec(),
        metadata,
    })
}
