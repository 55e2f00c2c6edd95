#![doc = include_str!("../README.md")]

mod account;
mod answers;
mod attachments;
mod backoff;
mod broadcasts;
mod bucket;
mod calls;
mod chunk;
mod client;
mod config;
mod credentials;
mod daily;
mod dispatcher;
mod hints;
mod lease;
mod ledger;
mod mail;
mod metadata;
mod one_by_one;
mod pace;
mod queue;
mod request;
mod start;
mod verdict;
mod window;
mod worker;

pub use self::{
    config::{Config, LineConfig, LinksConfig, MailConfig, MetaConfig, SendingConfig},
    start::start,
};
