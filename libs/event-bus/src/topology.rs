use std::time::Duration;

use anyhow::Context as _;
use async_nats::jetstream::{
    Context, ErrorCode,
    context::{CreateStreamErrorKind, GetStreamErrorKind},
    stream::{Config, DiscardPolicy, RetentionPolicy, StorageType},
};

/// JetStream keeps a week of events; what is older is read from the log.
const MAX_AGE: Duration = Duration::from_hours(7 * 24);
/// Nothing relies on the server's dedupe, so it need not remember.
const DUPLICATE_WINDOW: Duration = Duration::from_millis(100);
/// A lost stream starts again with this many of the newest events.
const REFILL_EVENTS_MAX: i64 = 500_000;

/// The JetStream stream of a partition: `CONTACTS_00`.
#[must_use]
pub fn stream_name(log: &str, partition: i16, generation: i64) -> String {
    let log = log.to_ascii_uppercase();
    match generation {
        ..=1 => format!("{log}_{partition:02}"),
        later => format!("{log}_{partition:02}_G{later}"),
    }
}

/// The subject of an event: `fanfare.contacts.v1.00.contact.ContactFollowed`.
#[must_use]
pub fn subject(log: &str, partition: i16, category: &str, event_type: &str) -> String {
    let event = event_type.rsplit('.').next().unwrap_or(event_type);
    format!("{}.{category}.{event}", subject_prefix(log, partition))
}

fn subject_prefix(log: &str, partition: i16) -> String {
    format!("fanfare.{log}.v1.{partition:02}")
}

/// Makes the partition's stream if it is not there, and brings its settings up to date.
///
/// Returns the stream's last sequence, which is the position that the relay goes on from.
pub(crate) async fn ensure_stream(
    jetstream: &Context,
    log: &str,
    partition: i16,
    generation: i64,
    head: i64,
) -> anyhow::Result<i64> {
    let name = stream_name(log, partition, generation);
    match jetstream.get_stream(&name).await {
        Ok(stream) => Ok(last_position(stream.cached_info().state.last_sequence)),
        Err(error) if is_missing(&error.kind()) => {
            let first = (head - REFILL_EVENTS_MAX + 1).max(1);
            let config = config(log, partition, name, first);
            match jetstream.create_stream(config).await {
                Ok(stream) => Ok(last_position(stream.cached_info().state.last_sequence)),
                Err(error) if is_taken(&error.kind()) => {
                    anyhow::bail!("another relay makes the stream at this moment")
                }
                Err(error) => Err(error).context("cannot create a JetStream stream"),
            }
        }
        Err(error) => Err(error).context("cannot read a JetStream stream"),
    }
}

fn last_position(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

fn is_missing(kind: &GetStreamErrorKind) -> bool {
    matches!(kind, GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

fn is_taken(kind: &CreateStreamErrorKind) -> bool {
    matches!(kind, CreateStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NAME_EXIST)
}

fn config(log: &str, partition: i16, name: String, first: i64) -> Config {
    Config {
        name,
        description: Some(format!(
            "live copy of partition {partition} of the log {log}"
        )),
        subjects: vec![format!("{}.>", subject_prefix(log, partition))],
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::Old,
        storage: StorageType::File,
        max_age: MAX_AGE,
        duplicate_window: DUPLICATE_WINDOW,
        deny_delete: true,
        allow_direct: true,
        allow_atomic_publish: true,
        first_sequence: (first > 1).then(|| first.unsigned_abs()),
        ..Config::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_subjects_are_the_public_contract() {
        assert_eq!(stream_name("contacts", 3, 1), "CONTACTS_03");
        assert_eq!(stream_name("contacts", 3, 2), "CONTACTS_03_G2");
        assert_eq!(
            subject(
                "contacts",
                3,
                "contact",
                "fanfare.events.contacts.v1.ContactFollowed"
            ),
            "fanfare.contacts.v1.03.contact.ContactFollowed"
        );
    }
}
