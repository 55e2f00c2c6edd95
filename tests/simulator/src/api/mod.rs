//! The Messaging API itself, over HTTP.

mod answer;
mod call;
mod headers;
mod insight;
mod routes;

pub(crate) use routes::routes;
