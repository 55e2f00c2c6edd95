//! The reporting service: what came of each broadcast, from the logs of everyone else.

mod channel_tells;
mod config;
mod freshness;
mod grpc;
mod labels;
mod outcome_status;
mod paging;
mod projections;
mod queries;
mod recipient_lists;
mod report;
mod reports;
mod start;
mod status;

pub use self::{
    config::{Config, Peers},
    freshness::Freshness,
    grpc::ReportingGrpc,
    projections::{Accounts, Sends, Visits},
    start::{Sources, start, start_with},
};
