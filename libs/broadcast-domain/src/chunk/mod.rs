//! People who are sent to together, and what became of each.

mod aggregate;
mod command;
mod decide;
mod error;
mod outcome;
mod progress;
mod recipients;
mod state;

pub use self::{
    command::{ChunkCommand, RECIPIENTS_MAX},
    error::ChunkError,
    outcome::{Fate, Outcome},
    progress::{Progress, Status},
    recipients::Recipients,
    state::{Chunk, Ledger, Window},
};

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod progress_tests;
#[cfg(test)]
mod tests;
