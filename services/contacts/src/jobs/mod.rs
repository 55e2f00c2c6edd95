//! Work on many contacts: decided whom it is for, then done piece by piece, once, by whoever holds it.
//!
//! `JobStarted` is in the log, and with it the work; `job_work` says how far it is. A worker holds a job
//! for a while and renews that. Whatever it stores, it stores only while it is the holder, and each event
//! carries an id by which it happens once: two workers at the same time, or one after the other died,
//! come to the same.

mod applying;
mod audience;
mod cancelling;
mod chunks;
mod ending;
mod filter;
mod holding;
mod projection;
mod queries;
mod staging;
mod starting;
mod working;

pub(crate) use self::{
    audience::Audiences,
    cancelling::cancel,
    ending::end,
    holding::{Held, Holding, Stop},
    projection::apply,
    queries::{JobCursor, ShownJob, find_job, list_jobs},
    starting::{Asked, AskedAction, StartError, Starter},
    working::Worker,
};
