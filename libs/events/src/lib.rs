//! The events of all contexts: one enum a log, one protobuf message a variant.
//!
//! The stored events are the published language, so a variant holds the message itself. A field is
//! added to a message in place. Anything else is a new message in the next package version:
//! `encode` writes it, and `decode` goes on reading the old one for ever.

mod broadcast;
mod codec;
mod contacts;
mod ids;
mod ingress;
mod segmentation;
mod time;

pub use proto::{
    common::v1 as common,
    events::{
        broadcast::v1 as broadcasts, contacts::v1 as contact, ingress::v1 as ingested,
        segmentation::v1 as segments,
    },
    segmentation::v1 as segment,
};

pub use self::{
    broadcast::{BroadcastLogEvent, HELD},
    contacts::{AccountEvent, ContactEvent, ContactsLogEvent, JobEvent, TagEvent},
    ids::{id, ids, join_ids, to_bytes},
    ingress::IngressLogEvent,
    segmentation::SegmentsLogEvent,
    time::{from_timestamp, to_timestamp},
};
