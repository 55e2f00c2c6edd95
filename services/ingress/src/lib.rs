//! The ingress: facts from outside, each journalled once before it is answered.
//!
//! Webhooks of channels, clicks on tracked links, and the shop's orders, over HTTP and NATS.

mod config;
mod http;
mod journal;
mod mail_report;
mod order;
mod orders_in;
mod projections;
mod queries;
mod start;
mod webhook_keys;

pub use self::{
    config::{Config, LinksConfig, Peers},
    orders_in::{ORDERS_IN_STREAM, orders_in_subject},
    start::{Started, start},
};
