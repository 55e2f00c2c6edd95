//! The segmentation service: who matches a filter, and the filters that teams have saved.

mod audience;
mod config;
mod contacts;
mod cursor;
mod exact;
mod export;
mod grpc;
mod index;
mod page;
mod profiles;
mod projections;
mod queries;
mod segments;
mod start;
mod status;

pub use self::{
    config::{Config, Peers},
    start::{start, start_with},
};
