use std::{fmt, pin::Pin};

use bytes::Bytes;
use uuid::Uuid;

use crate::verdict::Verdict;

/// A provider that takes one prepared request for several people.
pub trait Channel: fmt::Debug + Send + Sync {
    /// One attempt. Every attempt at one batch has the same key and the same bytes.
    fn send(&self, retry_key: Uuid, body: Bytes) -> Sending<'_>;
}

/// One call for hundreds of people: the box is what makes `dyn Channel` possible.
pub type Sending<'a> = Pin<Box<dyn Future<Output = SendResult> + Send + 'a>>;

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendResult {
    pub verdict: Verdict,
    /// The provider's name for this attempt, to be quoted when asking about it.
    pub request_id: Option<String>,
}
