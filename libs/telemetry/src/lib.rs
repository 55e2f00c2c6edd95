//! Logs for machines or for people, traces over OTLP.

mod config;
mod exporter;
mod propagation;
mod setup;

pub use self::{
    config::{LogFormat, TelemetryConfig},
    propagation::{set_trace_parent, trace_parent},
    setup::{TelemetryGuard, init, init_with_writer, open_log_file},
};
