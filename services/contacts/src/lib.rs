//! The contacts service: a team's accounts and contacts, imported from files and told by channels.

mod commands;
mod config;
mod erasure;
mod grpc;
mod heads;
mod history;
mod import;
mod jobs;
mod metadata;
mod processes;
mod projections;
mod queries;
mod registry;
mod sealing;
mod start;
mod status;

pub use self::{
    config::{Config, Peers},
    start::start,
};
