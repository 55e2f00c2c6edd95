#![doc = include_str!("../README.md")]

mod channel;
pub mod line;
mod verdict;

pub use channel::{Channel, SendResult, Sending};
pub use verdict::Verdict;
