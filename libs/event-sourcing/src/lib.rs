//! Event sourcing without I/O: what an aggregate is, and how to test one.

mod aggregate;
mod codec;
mod stream;
pub mod testing;

pub use self::{
    aggregate::Aggregate,
    codec::{DecodeError, EncodedEvent, EventCodec},
    stream::StreamId,
};
