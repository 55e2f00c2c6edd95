//! The broadcast service: drafts, previews, confirms, freezes audiences, and completes.

mod asking;
mod audience;
mod config;
mod content;
mod dispatch;
mod grpc;
mod metadata;
mod preview;
mod processes;
mod projections;
mod queries;
mod sealing;
mod start;
mod status;
mod told;

use self::start::LOG;
pub use self::{
    config::{Config, LineConfig, LinksConfig, MetaConfig, Peers},
    start::start,
};
