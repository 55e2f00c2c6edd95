//! Ids that are made from a request's number, so that they need not be kept.

use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::{endpoint::Endpoint, refusal::SentMessage};

const FIRST_MESSAGE_ID: u64 = 461_230_966_842_064_897;
const IDS_PER_REQUEST: u64 = 8;

/// The `x-line-request-id` of the request with this number.
pub(crate) fn request_id(seed: u64, request: u64) -> Uuid {
    let bits = xxh3_128_with_seed(&request.to_le_bytes(), seed);
    uuid::Builder::from_random_bytes(bits.to_le_bytes()).into_uuid()
}

/// What a push tells of the messages it sent; a multicast tells nothing.
pub(crate) fn sent_messages(endpoint: Endpoint, request: u64, count: usize) -> Vec<SentMessage> {
    if endpoint != Endpoint::Push {
        return Vec::new();
    }
    let first = FIRST_MESSAGE_ID + request * IDS_PER_REQUEST;
    (first..)
        .take(count)
        .map(|id| SentMessage {
            id: id.to_string(),
            quote_token: format!("q{id:x}"),
        })
        .collect()
}
