use event_bus::stream_name;

use crate::support::{Bus, PARTITIONS};

#[tokio::test]
async fn a_streams_sequences_are_its_partitions_positions() {
    let bus = Bus::start().await;
    bus.append(2_500).await;
    let _relay = bus.relay();
    bus.relayed().await;
    let (partition, position) = (1, 700);
    let stream = bus
        .nats
        .jetstream
        .get_stream(stream_name("contacts", partition, 1))
        .await
        .unwrap();
    let message = stream.get_raw_message(position).await.unwrap();
    let (stream_id, event_id): (uuid::Uuid, uuid::Uuid) = sqlx::query_as(
        "SELECT stream_id, event_id FROM log_events WHERE partition = $1 AND position = $2",
    )
    .bind(partition)
    .bind(i64::try_from(position).unwrap())
    .fetch_one(bus.store.pool())
    .await
    .unwrap();
    let header = |name: &str| message.headers.get(name).unwrap().as_str().to_owned();
    assert_eq!(header("ce-subject"), stream_id.to_string());
    assert_eq!(header("ce-id"), event_id.to_string());
    assert_eq!(
        message.subject.as_str(),
        "fanfare.contacts.v1.01.thing.Happened"
    );
}

#[tokio::test]
async fn of_two_relays_one_works_and_the_other_takes_over() {
    let bus = Bus::start().await;
    let first = bus.relay();
    let _second = bus.relay();
    bus.append(300).await;
    bus.relayed().await;
    drop(first);
    bus.append(300).await;
    bus.relayed().await;
    let messages: u64 = {
        let mut messages = 0;
        for partition in 0..PARTITIONS {
            messages += bus.stream(partition).await.unwrap().messages;
        }
        messages
    };
    assert_eq!(messages, 600);
}

/// The lock only spares work. Without it, the sequence that each batch expects keeps them apart.
#[tokio::test]
async fn a_batch_that_expects_another_sequence_is_refused_whole() {
    let bus = Bus::start().await;
    bus.append(10).await;
    let _relay = bus.relay();
    bus.relayed().await;
    let headers = |batch: &str, place: u32, commit: bool, expected: Option<u64>| {
        let mut headers = async_nats::HeaderMap::new();
        headers.insert("Nats-Batch-Id", batch);
        headers.insert("Nats-Batch-Sequence", place.to_string());
        if commit {
            headers.insert("Nats-Batch-Commit", "1");
        }
        if let Some(expected) = expected {
            headers.insert("Nats-Expected-Last-Sequence", expected.to_string());
        }
        headers
    };
    let before = bus.stream(0).await.unwrap().last_sequence;
    let subject = "fanfare.contacts.v1.00.thing.Happened";
    let first = headers("stale", 1, false, Some(before - 1));
    bus.nats
        .client
        .publish_with_headers(subject, first, "x".into())
        .await
        .unwrap();
    let request = async_nats::Request::new()
        .headers(headers("stale", 2, true, None))
        .payload("x".into());
    let reply = bus
        .nats
        .client
        .send_request(subject, request)
        .await
        .unwrap();
    let text = String::from_utf8(reply.payload.to_vec()).unwrap();
    assert!(text.contains("10071"), "wrong last sequence: {text}");
    assert_eq!(bus.stream(0).await.unwrap().last_sequence, before);
}

#[tokio::test]
async fn a_stream_ahead_of_its_log_is_left_alone() {
    let bus = Bus::start().await;
    bus.append(40).await;
    let relay = bus.relay();
    bus.relayed().await;
    drop(relay);
    let before = bus.stream(0).await.unwrap();
    // As after restoring a backup of Postgres.
    for sql in [
        "DELETE FROM log_events WHERE position > 3",
        "UPDATE log_heads SET position = 3",
    ] {
        sqlx::query(sql).execute(bus.store.pool()).await.unwrap();
    }
    let _relay = bus.relay();
    bus.append(20).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let after = bus.stream(0).await.unwrap();
    assert_eq!(
        (before.last_sequence, before.messages),
        (after.last_sequence, after.messages)
    );
}
