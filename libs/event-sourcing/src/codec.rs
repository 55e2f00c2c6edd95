use std::{borrow::Cow, error::Error};

/// Translates between a domain event and its stored form.
pub trait EventCodec: Sized {
    fn encode(&self) -> EncodedEvent;

    /// Reads every version ever stored, and returns the current one.
    fn decode(event_type: &str, payload: &[u8]) -> Result<Self, DecodeError>;
}

/// An event as it is stored and published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedEvent {
    /// The full name of the protobuf message in `payload`, version included.
    pub event_type: Cow<'static, str>,
    pub payload: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("unknown event type `{0}`")]
    UnknownType(String),
    #[error("malformed `{event_type}`")]
    Malformed {
        event_type: String,
        source: Box<dyn Error + Send + Sync>,
    },
}

impl DecodeError {
    pub fn malformed(event_type: &str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Malformed {
            event_type: event_type.to_owned(),
            source: source.into(),
        }
    }
}
