#![doc = include_str!("../README.md")]

mod clock;
mod config;
mod grpc;
mod identity;
mod lifecycle;
mod nats;
mod paging;
mod postgres;
mod status;

pub use self::{
    clock::{Clock, FixedClock, ShiftedClock, SystemClock},
    config::{load_config, load_config_with},
    grpc::{GrpcServices, MESSAGE_BYTES_MAX, connect_grpc, serve_grpc},
    identity::{
        AuthConfig, Authenticator, ClientAuth, Principal, ServiceIdentity, issue_token, principal,
    },
    lifecycle::Lifecycle,
    nats::{NatsConfig, connect_nats},
    paging::{PageTokens, page_size},
    postgres::{PostgresConfig, connect_postgres},
    status::{
        ERROR_DOMAIN, aborted, already_exists, chain, failed_precondition, internal,
        invalid_argument, invalid_arguments, not_found, permission_denied, reason,
        resource_exhausted, unauthenticated, unavailable,
    },
};
