//! The two ends of a gRPC connection, set up the same way everywhere.

mod client;
mod connection;
mod server;
mod services;
mod trace;

pub use self::{client::connect_grpc, server::serve_grpc, services::GrpcServices};

/// The largest message that is sent or received, to be set on every server and client: tonic's
/// own limit of 4 MiB is less than a page of the log.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
