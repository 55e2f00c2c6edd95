#![doc = include_str!("../README.md")]

mod account;
mod backoff;
mod broadcasts;
mod bucket;
mod chunk;
mod config;
mod credentials;
mod dispatcher;
mod hints;
mod lease;
mod ledger;
mod metadata;
mod queue;
mod request;
mod start;
mod verdict;
mod window;
mod worker;

pub use self::{
    config::{Config, LineConfig, SendingConfig},
    start::start,
};
