//! Events as they were recorded. Their bytes are in logs for good, so they are read for ever.
//!
//! A line is never changed or removed; a new form of an event adds one.
#![expect(
    clippy::unwrap_used,
    reason = "a recording that can't be read should panic"
)]

use event_sourcing::EventCodec;
use events::{BroadcastLogEvent, ContactsLogEvent, IngressLogEvent, SegmentsLogEvent};
use prost_reflect::{DescriptorPool, DynamicMessage};

const CONTACTS: &str = include_str!("recorded/contacts.txt");
const BROADCASTS: &str = include_str!("recorded/broadcasts.txt");
const INGRESS: &str = include_str!("recorded/ingress.txt");
const SEGMENTS: &str = include_str!("recorded/segments.txt");

/// Lines of type, payload in hex, and what it says as protobuf JSON, parted by a tab.
fn recordings(file: &'static str) -> impl Iterator<Item = (&'static str, Vec<u8>, &'static str)> {
    file.lines().map(|line| {
        let [event_type, payload, says] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let bytes = payload
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
        (event_type, bytes.collect(), says)
    })
}

/// Fields that are not set are left out, so that a new field changes nothing here.
fn json(event_type: &str, payload: &[u8]) -> String {
    let pool = DescriptorPool::decode(proto::DESCRIPTORS).unwrap();
    let message = pool.get_message_by_name(event_type).unwrap();
    let message = DynamicMessage::decode(message, payload).unwrap();
    serde_json::to_string(&message).unwrap()
}

fn are_read_as_they_were_meant<E: EventCodec>(file: &'static str) {
    let mut read = 0;
    for (event_type, payload, says) in recordings(file) {
        let written = E::decode(event_type, &payload).unwrap().encode();
        assert_eq!(written.event_type, event_type);
        assert_eq!(json(event_type, &written.payload), says, "{event_type}");
        assert_eq!(
            written.payload, payload,
            "{event_type} is written as it was"
        );
        read += 1;
    }
    assert!(read > 0);
}

#[test]
fn recorded_contact_events_are_read_as_they_were_meant() {
    are_read_as_they_were_meant::<ContactsLogEvent>(CONTACTS);
}

#[test]
fn recorded_broadcast_events_are_read_as_they_were_meant() {
    are_read_as_they_were_meant::<BroadcastLogEvent>(BROADCASTS);
}

#[test]
fn recorded_ingress_events_are_read_as_they_were_meant() {
    are_read_as_they_were_meant::<IngressLogEvent>(INGRESS);
}

#[test]
fn recorded_segment_events_are_read_as_they_were_meant() {
    are_read_as_they_were_meant::<SegmentsLogEvent>(SEGMENTS);
}

#[test]
fn an_event_with_a_torn_id_is_malformed_and_not_another_contacts() {
    let torn = [0x0a, 0x02, 0x01, 0x02];
    let read = ContactsLogEvent::decode("fanfare.events.contacts.v1.ContactBlocked", &torn);
    assert!(read.is_err());
}

#[test]
fn an_unknown_event_is_an_error_and_not_a_guess() {
    assert!(IngressLogEvent::decode("fanfare.events.ingress.v9.Unheard", &[]).is_err());
}
