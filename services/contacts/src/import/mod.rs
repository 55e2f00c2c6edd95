//! Imports a contact file: bytes in, events out, in constant memory.

mod batches;
mod csv_rows;
mod events;
mod jsonl_rows;
mod lanes;
mod pieces;
mod rows;
mod run;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use self::{
    lanes::Lanes,
    rows::{FileError, Format},
    run::{Import, Imports, ReportStream},
};
