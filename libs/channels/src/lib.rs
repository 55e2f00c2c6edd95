#![doc = include_str!("../README.md")]

mod channel;
pub mod email;
mod http;
mod limits;
pub mod line;
pub mod messenger;
pub mod meta;
mod verdict;
pub mod whatsapp;

pub use channel::{Channel, SendResult, Sending};
pub use http::{BuildError, Timeouts};
pub use limits::{ContentError, ContentErrors, Unit};
pub use reqwest::header::HeaderMap;
pub use verdict::Verdict;
