#![doc = include_str!("../README.md")]

mod batch;
mod checkpoint;
mod client;
mod consumer;
mod consumers_grpc;
mod handler;
mod heads;
mod lease;
mod live;
mod log_grpc;
mod message;
mod progress;
mod relay;
mod source;
mod token;
mod topology;

pub use self::{
    client::LogClient,
    consumer::{Consumer, ConsumerConfig},
    consumers_grpc::ConsumersGrpc,
    handler::{Handler, HandlerError},
    log_grpc::LogGrpc,
    progress::{Behind, Progress},
    relay::Relay,
    source::{LogSource, SourceError},
    token::{ConsistencyToken, InvalidToken},
    topology::{stream_name, subject},
};
