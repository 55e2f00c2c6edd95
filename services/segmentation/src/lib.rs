//! The segmentation service: who matches a filter. Read models only.

mod audience;
mod config;
mod cursor;
mod filter;
mod grpc;
mod projections;
mod queries;
mod sql;
mod start;
mod status;

pub use self::{
    config::{Config, Peers},
    filter::{FilterError, Segment, parse_filter},
    start::{start, start_with},
};
