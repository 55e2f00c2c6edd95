//! From the events of three logs to reports and their lists.
#![expect(clippy::unwrap_used, reason = "a step that fails should panic")]

mod clicks_and_orders;
mod facts;
mod history;
mod journal;
mod malformed;
mod missing;
mod paging;
mod projector;
mod random_histories;
mod reader;
mod rebuild;
mod reference;
mod self_check;
mod service;
mod teams;
mod volume;
