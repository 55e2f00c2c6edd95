#![doc = include_str!("../README.md")]

mod canonical;
mod check;
mod conditions;
mod error;
mod filter;
mod from_proto;
mod range;
mod segment_name;
mod segments;
mod tags;
mod text;
mod to_proto;

pub use self::{
    conditions::{NameKind, NameMatch, StatusFilter, email, member_number, phone},
    error::{FilterError, TextError},
    filter::{Filter, ResolvedFilter},
    range::{Range, RangeError},
    segment_name::{InvalidSegmentName, SegmentName},
    segments::{Segments, SegmentsCommand, SegmentsError},
    tags::TagRef,
};
