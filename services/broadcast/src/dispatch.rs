//! The frozen audience on its way out: staged by an attempt, put into events, handed to delivery, erased.

mod attempt;
#[cfg(test)]
mod attempt_tests;
mod staged;
mod whole;

pub(crate) use self::{
    attempt::{ADDRESSES, Attempt, StagedChunk, StagedExclusion},
    staged::{Unpublished, forget_exclusions, make_ready, staged_chunks, staged_exclusions},
    whole::{discard, find_whole, forget, mark_published, store_content},
};
