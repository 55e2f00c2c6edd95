//! Filters that a team has saved under a name: a small log of their own, and its read model.

mod asked;
mod grpc;
mod log;
mod projection;
mod queries;
mod sealing;
mod shown;
mod status;
mod tag_names;

pub(crate) use self::{
    asked::{Asked, asked},
    grpc::SegmentsGrpc,
    log::SegmentsLog,
    shown::parse_filter,
};
