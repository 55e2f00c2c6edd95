//! Imports a contact file: bytes in, events out, in constant memory.
//!
//! An import is a job: it can be watched and cancelled, and a file that broke off is sent again under the
//! job's id. Then what was dealt with before is passed over, if it is the same file.

mod batches;
mod columns;
mod csv_rows;
mod events;
mod json_object;
mod jsonl_rows;
mod lanes;
mod pieces;
mod rows;
mod run;
mod running;
mod tag_names;
#[cfg(test)]
mod tests;
mod text;
mod write;

pub(crate) use self::{
    columns::{Field, Mapping},
    lanes::Lanes,
    rows::{FileError, Format},
    run::{Import, Imports},
    running::ReportStream,
    text::TextEncoding,
};
