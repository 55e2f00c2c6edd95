//! The frozen audience on its way out: staged by an attempt, put into events, handed to delivery, erased.

mod attempt;
#[cfg(test)]
mod attempt_tests;
mod erased;
#[cfg(test)]
mod erased_tests;
mod staged;
mod whole;

pub(crate) use self::{
    attempt::{ADDRESSES, Attempt, StagedChunk, StagedExclusion},
    erased::{Marked, mark_erased, marked_chunks, rewrite},
    staged::{Unpublished, forget_exclusions, make_ready, staged_chunks, staged_exclusions},
    whole::{Content, discard, find_whole, forget, mark_published, store_content},
};
